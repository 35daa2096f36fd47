"""Events carry the whole public state, and supply makes the same of a case or a resident however late it begins."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.supply import main
from services.supply.settings import Settings
from shared.base.ids import new_id
from shared.envelope.event import Event, encode
from shared.events import isolation, registration
from shared.events import supply as events
from shared.events.isolation import CaseKind, CaseState
from tests.conftest import MakeService
from tests.supply.town import DOOR, PLENTY, TODAY, deliveries, hand_over, open_case, resident, supply
from tests.support.service import ServiceUnderTest


def household(states: Sequence[tuple[type[isolation.CaseEvent], CaseState]]) -> list[Event]:
    """Return all events of a case that goes through these states."""
    case = open_case(new_id())
    more = {"approved_by": "office-liu", "notice_id": "n", "missing": 1, "alert_id": "a", "gate_id": "g"}
    more["at"] = "2026-02-10T01:00:00Z"
    return [contract.of(case, state=state, **more) for contract, state in states]


def history() -> list[Event]:
    """Return all events of households in isolation and in special care, oldest first."""
    observing = (isolation.CaseOpened, CaseState.OBSERVING)
    moved = resident(new_id(), "hardship")
    cared = resident(new_id())
    return [
        *household([observing]),
        *household([observing, (isolation.CaseExtended, CaseState.OBSERVING)]),
        *household([observing, (isolation.CaseReferred, CaseState.REFERRED)]),
        *household([observing, (isolation.ReleaseHeld, CaseState.OBSERVING)]),
        *household([observing, (isolation.ReleaseRequested, CaseState.RELEASE_REQUESTED)]),
        *household([observing, (isolation.CaseReleased, CaseState.RELEASED)]),
        *household([observing, (isolation.CaseExtended, CaseState.OBSERVING), (isolation.CaseCancelled, "cancelled")]),
        moved,
        registration.ResidentMoved.of(moved, household_id=new_id()),
        cared,
        registration.SpecialCareChanged.of(cared, categories=("disabled",)),
    ]


async def outcome(town: ServiceUnderTest) -> list[tuple[str, ...]]:
    """Return the facts that supply has: open kits, ended cases, cares and residents; no ids made here, no times."""
    rows = town.database
    kits = await rows["deliveries"].find({"state": {"$in": ["waiting", "planned"]}}).to_list(None)
    facts = [("kit", kit["household_id"], str(kit["open_case_ids"]), kit["state"]) for kit in kits]
    facts += [("case", row["_id"], str(row["ended"])) async for row in rows["cases"].find()]
    facts += [("care", row["_id"], row["next_week"]) async for row in rows["care"].find({"next_week": {"$ne": None}})]
    people = await rows["residents"].find().to_list(None)
    facts += [("resident", row["_id"], row["household_id"], str(row["categories"])) for row in people]
    return sorted(facts)


async def test_a_service_that_reads_only_the_newest_events_ends_up_with_the_same_facts(service: MakeService) -> None:
    from_the_start = await supply(service, **PLENTY)
    stamped = await from_the_start.receive(*history())
    everything = await outcome(from_the_start)
    assert len(everything) == 5 + 7 + 2 + 2
    for name in ("deliveries", "cases", "care", "residents", "inbox", "deadlines", "outbox"):
        await from_the_start.database[name].delete_many({})
    late = await service(main.build, Settings)
    newest = {(event.topic, event.key): event for event in stamped}
    assert len(newest) == 9
    await late.receive(*newest.values())
    assert await outcome(late) == everything


@pytest.mark.parametrize("contract", [isolation.CaseReleased, isolation.CaseCancelled])
async def test_an_event_from_before_events_carried_a_state_still_ends_its_case(
    service: MakeService, contract: type[isolation.CaseEvent]
) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id())
    assert case.state is None
    await town.receive(case, contract.of(case, approved_by="office-liu", notice_id="n"))
    assert [kit["state"] for kit in await deliveries(town)] == ["cancelled"]


async def test_an_event_of_an_unknown_type_counts_by_its_state(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id())
    for state, kits in (("transferred", ["planned"]), ("released", ["cancelled"])):
        wire = encode(town.stamp(isolation.CaseOpened.of(case, state=state)))
        kind = isolation.CaseOpened.type.replace("CaseOpened", "CaseReviewed").encode()
        headers = [(name, kind if name == "ce_type" else value) for name, value in wire.headers]
        await town.receive_records([town._record(wire.topic, wire.key, wire.value, headers)])
        assert [kit["state"] for kit in await deliveries(town)] == kits


async def test_a_case_of_an_unknown_kind_gets_no_kit_and_blocks_no_other(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(open_case(new_id(), CaseKind("on_board_a_ship")), known := open_case(new_id()))
    assert [kit["case_ids"] for kit in await deliveries(town)] == [[known.case_id]]


async def test_deliveries_and_needs_carry_their_state_and_no_notes(service: MakeService) -> None:
    town = await supply(service, milk=1)
    home = resident(new_id())
    await town.receive(home)
    async with town.client("city", "grid_worker", area="/", subject="carrier") as city:
        need = {"item": "milk", "quantity": 1, "household_id": home.household_id}
        answers = [await city.post("/v1/needs", json=need | {"need_id": new_id()}) for _ in range(2)]
        first, second = (answer.json() for answer in answers)
        failure = {"reason": "nobody_home", "retry_on": str(TODAY + timedelta(days=1)), "note": "王伟不在家"}
        await city.post(f"/v1/deliveries/{first['delivery_id']}/failure", json=failure)
        body = {"note": "王伟已搬走"}
        assert (await city.post(f"/v1/deliveries/{second['delivery_id']}/withdrawal", json=body)).status_code == 200
    await hand_over(town, first["delivery_id"])
    published = [(type(event).__name__, event.state.value) for event in await town.emitted(events.DeliveryEvent)]
    assert published == [
        ("DeliveryPlanned", "planned"),
        ("DeliveryFailed", "planned"),
        ("DeliveryCancelled", "cancelled"),
        ("DeliveryHandedOver", "handed_over"),
    ]
    needs = [(type(event).__name__, event.state.value) for event in await town.emitted(events.NeedEvent)]
    assert needs == [("NeedStated", "open"), ("NeedStated", "open"), ("NeedRefused", "refused"), ("NeedMet", "met")]
    assert "王伟" not in "".join(event.model_dump_json() for event in await town.emitted())
    (brought,) = await town.emitted(events.DeliveryHandedOver)
    assert (brought.confirmed_by, brought.area_path) == ("keeper-01", DOOR)
