"""A compound is locked down and opened: order, gates, supply, checklist, three approvals, gates again (N1)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from deploy.launcher.secrets.issuer import Issuer
from services.checkpoint.settings import Settings as CheckpointSettings
from services.supply import main as supply_main
from services.supply.settings import Settings as SupplySettings
from shared.base.clock import FixedClock
from shared.base.settings import ServiceSettings
from shared.events import supply as supply_events
from shared.events.registration import ResidentRegistered
from shared.events.registration_zones import ZoneEvent
from shared.store.mongo import Database, Document
from tests.checkpoint.gate import COMPOUND, Gate, build, gate_at, scan
from tests.conftest import MakeService
from tests.registration.office import COMPOUND as LOCKED_DOWN
from tests.registration.zoning import Zoning, zoning
from tests.supply.town import DEPOT, PLENTY, define_depot, take_in
from tests.support.service import AREA, MORNING, ServiceUnderTest, settings_for
from tests.support.waiting import PATIENCE_S


@pytest_asyncio.fixture
async def apart(
    database: Database, kafka_bootstrap: str, mongo_url: str, issuer: Issuer, tmp_path: Path
) -> AsyncIterator[MakeService]:
    """Makes services as `service` does, each with a database of its own, as in a city."""
    async with AsyncExitStack() as stack:

        async def make(build: Any, kind: type[ServiceSettings], at: datetime = MORNING) -> ServiceUnderTest:
            own = database.client[f"{database.name}_{kind.service}"]
            settings = settings_for(kind, own, kafka_bootstrap, mongo_url, issuer, tmp_path / "keys")
            made = ServiceUnderTest(build(settings, FixedClock(at)), settings, own, issuer)
            await made.start()
            stack.push_async_callback(made.end)
            stack.push_async_callback(database.client.drop_database, own.name)
            return made

        yield make


async def published(here: Zoning) -> list[ZoneEvent]:
    return await here.published()


async def supplied(service: MakeService) -> ServiceUnderTest:
    town = await service(supply_main.build, SupplySettings)
    await define_depot(town, DEPOT, AREA)
    for item, quantity in PLENTY.items():
        await take_in(town, item, quantity)
    return town


async def leaves(gate: Gate, resident_id: str) -> Document:
    now = gate.service.clock.now().isoformat()
    answer = await gate.answer(scan("code", gate.code(resident_id), direction="out", at=now))
    return {"verdict": answer["verdict"], "reasons": answer["reasons"]}


async def test_a_compound_is_locked_down_supplied_and_opened_again(service: MakeService, apart: MakeService) -> None:
    assert COMPOUND == LOCKED_DOWN
    here, town = await zoning(service), await supplied(apart)
    gate = Gate(await apart(build, CheckpointSettings, at=MORNING))
    await gate.open(PATIENCE_S)
    residents = await here.service.emitted(ResidentRegistered)
    gate.learns(gate_at(COMPOUND), *residents)
    await town.receive(*residents)
    wang = residents[0].resident_id
    assert await leaves(gate, wang) == {"verdict": "allow", "reasons": []}

    zone_id = await here.ordered()
    events = await published(here)
    gate.learns(*events)
    assert await leaves(gate, wang) == {"verdict": "deny", "reasons": ["zone_no_exit"]}
    await town.receive(*events)
    while await town.due():
        pass
    planned = await town.emitted(supply_events.DeliveryPlanned)
    assert {one.household_id for one in planned} == {one.household_id for one in residents}

    for made in (here.service, gate.service, town):
        made.clock.advance(timedelta(days=5))
    await here.tick_all(zone_id)
    assert (await here.ask(zone_id)).json()["state"] == "lift_asked"
    assert (await here.decide(zone_id, here.district)).json()["state"] == "lift_asked"
    gate.learns(*(await published(here))[len(events) :])
    assert (await leaves(gate, wang))["reasons"] == ["zone_no_exit"]  # until the city has approved it
    assert (await here.decide(zone_id, here.city)).json()["state"] == "lifted"
    *_, lifted = await published(here)
    gate.learns(lifted)
    assert await leaves(gate, wang) == {"verdict": "allow", "reasons": []}
    await town.receive(lifted)
    while await town.due():
        pass
    withdrawn = await town.emitted(supply_events.DeliveryCancelled)
    assert {one.delivery_id for one in withdrawn} == {one.delivery_id for one in planned}
    await gate.close()
