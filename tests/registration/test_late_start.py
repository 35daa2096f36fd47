"""Registration reads the newest event of each case alone, and members of enums that a later version has added."""

from typing import Any

import pytest

from shared.bus.dead_letters import DeadLetters
from shared.events import checkpoint, isolation
from shared.events.registration import StandingChanged
from tests.conftest import MakeService
from tests.registration.office import GRID
from tests.registration.resident import Resident, resident
from tests.support.service import MORNING

OBSERVING, RELEASED = isolation.CaseState.OBSERVING, isolation.CaseState.RELEASED
APPROVED = {"approved_by": "office-liu", "notice_id": "n"}
Step = tuple[Any, dict[str, Any]]

OPENED: Step = (isolation.CaseOpened, {"state": OBSERVING})
EXTENDED: Step = (isolation.CaseExtended, {"state": OBSERVING})
REFERRED: Step = (isolation.CaseReferred, {"state": isolation.CaseState.REFERRED})
RETURNED: Step = (isolation.CaseReturned, {"state": OBSERVING})
REQUESTED: Step = (isolation.ReleaseRequested, {"state": isolation.CaseState.RELEASE_REQUESTED})
HELD: Step = (isolation.ReleaseHeld, {"state": OBSERVING, "missing": 2})
FREED: Step = (isolation.CaseReleased, {"state": RELEASED, "released_on": "2026-02-24", **APPROVED})
CANCELLED: Step = (isolation.CaseCancelled, {"state": isolation.CaseState.CANCELLED})
OF_BEFORE: Step = (isolation.CaseReleased, APPROVED)  # from before events carried the state

TIMES = frozenset({"since", "until", "trace", "reviews", "revision"})


async def colour_documents(one: Resident) -> list[dict[str, Any]]:
    """What the store holds of the resident's colour, without the times at which it arrived."""
    database = one.here.service.database
    rows = [row for name in ("evidence", "standings") for row in await database[name].find().to_list(None)]
    ended = [row.get("until") is not None for row in rows]
    return [
        {name: value for name, value in row.items() if name not in TIMES} | {"has_ended": over}
        for row, over in zip(rows, ended, strict=True)
    ]


async def forget(one: Resident) -> None:
    """Remove what registration has learnt from other services, as in a service that is new."""
    for name in ("evidence", "standings", "inbox", "outbox", "latest", "deadlines"):
        await one.here.service.database[name].delete_many({})


@pytest.fixture
def buried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The reasons of the dead letters that are written."""
    reasons: list[str] = []

    async def bury(self: DeadLetters, record: Any, reason: str, *rest: Any) -> None:
        reasons.append(reason)

    monkeypatch.setattr(DeadLetters, "bury", bury)
    return reasons


@pytest.mark.parametrize(
    "steps",
    [
        (OPENED,),
        (OPENED, EXTENDED),
        (OPENED, REFERRED),
        (OPENED, EXTENDED, REFERRED, RETURNED),
        (OPENED, HELD),
        (OPENED, REQUESTED),
        (OPENED, EXTENDED, REQUESTED, FREED),
        (OPENED, CANCELLED),
        (OPENED, OF_BEFORE),
    ],
    ids=lambda steps: steps[-1][0].__name__,
)
async def test_the_newest_event_of_a_case_alone_gives_the_colour_that_all_of_them_give(
    service: MakeService, steps: tuple[Step, ...]
) -> None:
    one = await resident(service)
    events = [one.case(contract, **facts) for contract, facts in steps]
    await one.here.service.receive(*events)
    colour, documents = await one.colour(), await colour_documents(one)
    await forget(one)
    await one.here.service.receive(events[-1])
    assert await one.colour() == colour
    assert await colour_documents(one) == documents
    await one.here.service.receive(*events)  # older events that arrive later, each stamped anew
    assert await one.colour() == colour


async def test_the_case_of_a_resident_who_is_not_registered_yet_is_kept(service: MakeService) -> None:
    one = await resident(service)
    stranger = one.open_case().model_copy(update={"resident_id": "r-later"})
    await one.here.service.receive(stranger)
    (event,) = await one.here.service.emitted(StandingChanged)
    assert (event.resident_id, event.colour) == ("r-later", "red")


@pytest.mark.parametrize("facts", [{"state": "transferred"}, {"state": OBSERVING, "kind": "hospital"}])
async def test_a_case_in_a_state_or_of_a_kind_of_a_later_version_keeps_the_code_red(
    service: MakeService, buried: list[str], facts: dict[str, str]
) -> None:
    one = await resident(service)
    event = one.case(isolation.CaseExtended).model_copy(update=facts)
    await one.here.service.receive(event)
    assert (await one.colour(), buried) == ("red", [])
    await one.here.service.receive(one.case(isolation.CaseReleased, state=RELEASED, **APPROVED))
    assert (await one.colour(), buried) == ("green", [])


async def test_an_event_of_a_case_of_a_later_version_is_read_by_its_state(
    service: MakeService, buried: list[str]
) -> None:
    one = await resident(service)
    town = one.here.service
    for state, colour in ((OBSERVING, "red"), (RELEASED, "green")):
        record = town.record(town.stamp(one.case(isolation.CaseExtended, state=state)))
        later = [(n, b"isolation.CaseTransferred.v1" if n == "ce_type" else v) for n, v in record.headers]
        await town.receive_records([town._record(record.topic, record.key, record.value, later)])
        assert (await one.colour(), buried) == (colour, [])


async def test_an_alert_by_a_rule_of_a_later_version_changes_no_colour_and_is_no_dead_letter(
    service: MakeService, buried: list[str]
) -> None:
    one = await resident(service)
    alert = one.fever_at_gate(MORNING, "loitering")
    assert isinstance(alert, checkpoint.AlertRaised)
    await one.here.service.receive(alert, one.fever_at_gate(MORNING))
    assert (await one.colour(), buried) == ("yellow", [])
    assert len(await one.here.service.emitted(StandingChanged)) == 1


async def test_a_keeper_with_a_duty_of_a_later_version_is_listed_and_stays(service: MakeService) -> None:
    one = await resident(service)
    places, nurse = one.here.service.database["places"], {"person_id": "nurse-he", "duty": "nurse"}
    await places.update_one({"path": GRID}, {"$set": {"keepers": [nurse]}})
    grid = {"level": "grid", "code": "g01", "name": "First grid", "parent": GRID.rpartition("/")[0]}
    renamed = await one.here.clerk.post("/v1/places", json=grid)
    assert (renamed.status_code, renamed.json()["keepers"]) == (201, [nurse])
    assert (await places.find_one({"path": GRID}) or {})["keepers"] == [nurse]
    event = (await one.here.service.emitted())[-1]
    assert [(keeper.person_id, keeper.duty) for keeper in event.keepers] == [("nurse-he", "nurse")]
