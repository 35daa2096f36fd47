"""What auditors and operators watch."""

import asyncio
from collections.abc import Sequence

from services.console.client import joined, views
from services.console.client.break_glass import BreakGlass
from services.console.client.operators import ServiceState, SilentDevice
from services.console.routes.boxes import BOX_S, MOST, Count, Desk, number_of
from services.console.routes.operators import MANY, states_of
from services.console.showing.texts import N_

HOME_LINKS = 200  # so few are verified quickly


async def audit(desk: Desk) -> Sequence[Count]:
    """Count what is open by break-glass, and the logs of acts that do not verify or do not answer."""
    kind = views.Page[BreakGlass]
    glasses, logs = await asyncio.gather(
        desk.visit.api.get("registration", "/v1/break-glass", kind, BOX_S, only_open=True, limit=MOST),
        joined.verifications(desk.visit.api, HOME_LINKS),
    )
    broken = sum(not one.holds for one in logs.values() if one)
    away = sum(one is None for one in logs.values())
    return [
        Count(N_("areas are open by break-glass now"), number_of(glasses), "/break-glass", bool(glasses.items)),
        Count(N_("logs of acts do not verify"), str(broken), "/audit", broken > 0),
        Count(N_("services whose log does not answer"), str(away), "/audit", away > 0),
    ]


async def services(desk: Desk) -> Sequence[Count]:
    """Count the services that are not well, what waits in them, and their dead letters."""
    states = list((await states_of(desk.visit, BOX_S)).values())
    known = [one for one in states if isinstance(one, ServiceState)]
    ill = len(states) - sum(one.is_well for one in known)
    letters, waiting = sum(one.dead_letters.waiting for one in known), sum(one.waiting or 0 for one in known)
    pending = sum(one.outbox.pending for one in known)
    more = "" if len(known) == len(states) else "+"
    return [
        Count(N_("services that are not well"), str(ill), "/services", ill > 0),
        Count(N_("dead letters that wait for a decision"), f"{letters}{more}", "/dead-letters", letters > 0),
        Count(N_("records that wait on the bus"), f"{waiting}{more}", "/services", waiting >= MANY),
        Count(N_("events that wait in an outbox"), f"{pending}{more}", "/services", pending >= MANY),
    ]


async def silent_devices(desk: Desk) -> Sequence[Count]:
    """Count the devices without a sign of life, at open gates and at closed ones."""
    page = await desk.visit.api.get("checkpoint", "/v1/devices/silent", views.Page[SilentDevice], BOX_S, limit=MOST)
    at_open = [one for one in page.items if not one.is_closed]
    more = "+" if page.next else ""
    return [
        Count(N_("silent devices at open gates"), f"{len(at_open)}{more}", "/silent-devices", bool(at_open)),
        Count(N_("silent devices at closed gates"), f"{len(page.items) - len(at_open)}{more}", "/silent-devices"),
    ]
