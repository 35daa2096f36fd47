"""Deliveries to the households of a locked-down zone, planned and withdrawn in steps that survive a kill (N1).

Each step plans for some residents and has the next one fall due in its own transaction; a step that is done again
plans nothing twice, because a household's delivery of a round has one id.
"""

from collections.abc import Iterable, Sequence

from services.supply.domain import deliveries as domain
from services.supply.domain import zones
from services.supply.domain.deliveries import Delivery
from services.supply.domain.zones import SuppliedZone
from services.supply.store import BY_ID, Chosen
from services.supply.usecases import Deps
from services.supply.usecases.deliveries import cancel
from services.supply.usecases.promises import promise
from shared.base.area import within
from shared.base.ids import derived_id
from shared.events.registration_zones import ZoneEvent, ZoneState
from shared.events.supply import CancelReason, DeliveryKind
from shared.replicas.residents import Resident
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

SUPPLIES, ENDS = "supply.zone", "supply.zone-ends"
AT_ONCE = 50


@retry_conflicts
async def follow(deps: Deps, event: ZoneEvent) -> None:
    """Begin to supply a zone that is in force, and end it with the zone; a repeat or an older event is harmless."""
    async with deps.turn, deps.unit_of_work(event) as work:
        known = await deps.store.zones.get(event.zone_id, work)
        if known is not None and (known.ended or known.newest >= event.id):
            return
        ended = event.state == ZoneState.LIFTED
        if known is None and not ended and not zones.is_supplied(event):
            return
        zone = SuppliedZone(event.zone_id, event.area_path, event.paths, event.id, ended)
        await deps.store.zones.put(zone, work)
        if ended:
            await deps.deadlines.cancel(work, zone.zone_id, SUPPLIES)
            await _next(deps, ENDS, zone, 0, "", "", work)
        elif known is None:
            await _next(deps, SUPPLIES, zone, 0, "", deps.today.isoformat(), work)


async def _next(deps: Deps, kind: str, zone: SuppliedZone, number: int, after: str, day: str, work: UnitOfWork) -> None:
    """Have the next step fall due: from `after` on in the path of that number, of the round of that day."""
    if number < len(zone.paths):
        step = {"path": number, "after": after, "day": day}
        await deps.deadlines.schedule(work, kind, zone.zone_id, deps.clock.now(), key=f"{day}/{number}/{after}", **step)
    elif kind == SUPPLIES:
        at = deps.clock.now() + zones.EVERY
        day = at.astimezone(deps.zone).date().isoformat()
        first = {"path": 0, "after": "", "day": day}
        await deps.deadlines.schedule(work, SUPPLIES, zone.zone_id, at, key=f"{day}/0/", **first)


@retry_conflicts
async def supply(deps: Deps, deadline: Deadline) -> None:
    """Plan deliveries for some households of a zone, and have the next ones planned."""
    async with deps.turn, deps.unit_of_work(deadline) as work:
        zone = await deps.store.zones.get(deadline.subject, work)
        if zone is None or zone.ended:
            return
        number, day = deadline.payload["path"], deadline.payload["day"]
        residents, following = await deps.store.residents_within(zone.paths[number], deadline.payload["after"], AT_ONCE)
        for household_id in dict.fromkeys(one.household_id for one in residents):
            await _plan(deps, zone, household_id, day, work)
        await _next(deps, SUPPLIES, zone, number + (following is None), following or "", day, work)


async def _plan(deps: Deps, zone: SuppliedZone, household_id: str, day: str, work: UnitOfWork) -> None:
    delivery_id = derived_id("zone_supply", zone.zone_id, household_id, day)
    members = await deps.residents.of_household(household_id)
    if members and await deps.store.deliveries.get(delivery_id, work) is None:
        await promise(deps, _delivery(deps, delivery_id, members), work)


def _delivery(deps: Deps, delivery_id: str, members: Sequence[Resident]) -> Delivery:
    return Delivery(
        delivery_id=delivery_id,
        kind=DeliveryKind.ZONE_SUPPLY,
        household_id=members[0].household_id,
        area_path=members[0].area_path,
        resident_ids=tuple(sorted(member.resident_id for member in members)),
        keeper_id=next((member.keeper_id for member in members if member.keeper_id), None),
        due_on=deps.today,
        lines=zones.LINES,
        asked_at=deps.clock.now(),
    )


@retry_conflicts
async def end(deps: Deps, deadline: Deadline) -> None:
    """Withdraw some open deliveries of a zone that was lifted, but those to doors that another zone holds."""
    async with deps.turn, deps.unit_of_work(deadline) as work:
        zone = await deps.store.zones.get(deadline.subject, work)
        if zone is None:
            return
        number = deadline.payload["path"]
        chosen = Chosen(kind=DeliveryKind.ZONE_SUPPLY)
        page = (zone.paths[number], chosen, BY_ID, deadline.payload["after"], AT_ONCE)
        deliveries, following = await deps.store.deliveries_page(*page)
        others = await deps.store.zones.find({"ended": False}, work)
        for delivery in deliveries:
            if delivery.state in domain.OPEN and not _holds(others, delivery.area_path):
                await cancel(deps, delivery, domain.cancel(delivery), CancelReason.WITHDRAWN, work)
        await _next(deps, ENDS, zone, number + (following is None), following or "", "", work)


def _holds(others: Iterable[SuppliedZone], door: str) -> bool:
    return any(within(door, path) for zone in others for path in zone.paths)
