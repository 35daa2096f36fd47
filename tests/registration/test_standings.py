"""Colours: which evidence gives which, until when, and that no order of events makes them wrong (R1.9)."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from shared.base.ids import new_id
from shared.envelope.event import Meta
from shared.events import isolation
from shared.events.registration import StandingChanged
from tests.conftest import MakeService
from tests.registration.office import TODAY, person
from tests.registration.resident import Resident, resident
from tests.support.service import MORNING


async def test_a_resident_without_a_history_is_green_and_nothing_is_published(service: MakeService) -> None:
    one = await resident(service)
    standing = await one.standing()
    assert (standing["colour"], standing["isolated"], standing["rule"], standing["until"]) == (
        "green",
        False,
        "no_evidence",
        None,
    )
    assert await one.published() == []


async def test_isolation_turns_red_until_the_release(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.open_case())
    standing = await one.standing()
    assert (standing["colour"], standing["isolated"], standing["rule"]) == ("red", True, "isolation")
    assert standing["evidence"] == one.case_id
    assert await one.after(days=60) == "red"
    await one.here.service.receive(one.released())
    assert await one.colour() == "green"
    assert await one.published() == ["red", "green"]
    (red, green) = await one.here.service.emitted(StandingChanged)
    assert (red.isolated, green.isolated, green.rule) == (True, False, "no_evidence")
    assert red.area_path == (await one.here.find_resident())["area_path"]


async def test_a_cancelled_case_counts_no_more(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.open_case(), one.case(isolation.CaseCancelled))
    assert await one.published() == ["red", "green"]


async def test_a_case_counts_at_once_though_the_other_machines_clock_runs_ahead(service: MakeService) -> None:
    one = await resident(service)
    ahead = one.open_case().stamped(Meta(new_id(), MORNING + timedelta(seconds=30), "isolation", new_id()))
    await one.here.service.receive(ahead)
    assert await one.colour() == "red"


async def test_the_same_events_again_change_nothing(service: MakeService) -> None:
    one = await resident(service)
    events = (one.open_case(), one.fever_at_gate(MORNING), one.released())
    delivered = [stamped for event in events for stamped in await one.here.service.receive(event)]
    for event in (*delivered, *reversed(delivered)):
        await one.here.service.receive(event)
    assert await one.published() == ["red", "yellow"]


async def test_an_opening_that_comes_again_after_the_release_never_turns_red_again(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.open_case(), one.released())
    (again,) = await one.here.service.receive(one.open_case())  # under another event id, as after the loss of the inbox
    assert await one.here.service.database["inbox"].find_one({"_id": again.id})
    assert await one.colour() == "green"
    assert await one.published() == ["red", "green"]


async def test_a_release_that_comes_before_its_opening_wins(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.released(), one.open_case())
    assert await one.colour() == "green"
    assert await one.published() == []


async def test_a_second_case_is_red_again_and_the_end_of_the_first_does_not_end_it(service: MakeService) -> None:
    one = await resident(service)
    second = new_id()
    await one.here.service.receive(one.open_case(), one.released(), one.open_case(second), one.released())
    assert await one.colour() == "red"
    assert (await one.standing())["evidence"] == second
    await one.here.service.receive(one.released(second))
    assert await one.colour() == "green"


async def test_a_journey_from_a_medium_risk_is_yellow_until_its_day_begins(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(TODAY - timedelta(days=1))
    standing = await one.standing()
    assert (standing["colour"], standing["rule"], standing["evidence"]) == ("yellow", "risk_travel", journey_id)
    assert datetime.fromisoformat(standing["until"]) == datetime(2026, 2, 22, 16, tzinfo=UTC)  # midnight in the city
    one.here.service.clock.at = datetime(2026, 2, 22, 15, 59, 59, tzinfo=UTC)
    assert await one.after() == "yellow"
    assert await one.after(seconds=1) == "green"
    assert await one.published() == ["yellow", "green"]


@pytest.mark.parametrize(("region", "days"), [("hunan", 1), ("hubei/huanggang", 14), ("hubei/wuhan", 1)])
async def test_other_journeys_change_no_colour_by_themselves(service: MakeService, region: str, days: int) -> None:
    one = await resident(service)
    await one.declares(TODAY - timedelta(days=days), region)
    assert await one.published() == []


async def test_a_fever_at_a_gate_is_yellow_for_three_days_and_then_green_by_itself(service: MakeService) -> None:
    one = await resident(service)
    alert = one.fever_at_gate(MORNING)
    await one.here.service.receive(alert)
    standing = await one.standing()
    assert (standing["colour"], standing["rule"], standing["evidence"]) == ("yellow", "fever", alert.alert_id)
    assert await one.after(days=2, hours=23, minutes=59) == "yellow"
    assert await one.after(minutes=1) == "green"
    assert await one.published() == ["yellow", "green"]


async def test_a_second_fever_lengthens_the_watch(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.fever_at_gate(MORNING))
    one.here.service.clock.advance(timedelta(days=2))
    await one.here.service.receive(one.fever_at_gate(MORNING + timedelta(days=2)))
    assert datetime.fromisoformat((await one.standing())["until"]) == MORNING + timedelta(days=5)
    assert await one.after(days=1, hours=1) == "yellow"
    assert await one.after(days=2) == "green"


async def test_a_fever_that_an_offline_gate_reports_too_late_counts_no_more(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.fever_at_gate(MORNING - timedelta(days=4)))
    await one.here.service.due()
    assert await one.published() == []


@pytest.mark.parametrize("rule", ["breach", "colour", "forged", "expired"])
async def test_other_alerts_change_no_colour(service: MakeService, rule: str) -> None:
    one = await resident(service)
    await one.here.service.receive(one.fever_at_gate(MORNING, rule))
    assert await one.published() == []


async def test_a_fever_of_an_unknown_person_changes_nothing(service: MakeService) -> None:
    one = await resident(service)
    alert = one.fever_at_gate(MORNING)
    await one.here.service.receive(
        alert.model_copy(update={"resident_id": None}), alert.model_copy(update={"resident_id": new_id()})
    )
    assert await one.published() == []


async def test_a_fever_in_isolation_is_watched_beyond_the_case(service: MakeService) -> None:
    one = await resident(service)
    for event in (one.open_case(), one.fever_in_isolation(), one.released()):
        await one.here.service.receive(event)
    assert await one.published() == ["red", "yellow"]
    assert await one.after(days=3) == "green"


async def test_the_most_severe_wins_and_what_is_left_shows_when_it_ends(service: MakeService) -> None:
    one = await resident(service)
    await one.declares(TODAY - timedelta(days=1))
    await one.here.service.receive(one.open_case(), one.fever_at_gate(MORNING))
    assert await one.colour() == "red"
    await one.here.service.receive(one.released())
    standing = await one.standing()
    assert (standing["colour"], standing["rule"]) == ("yellow", "risk_travel")
    assert await one.after(days=3) == "yellow"
    assert await one.after(days=10) == "green"
    assert await one.published() == ["yellow", "red", "yellow", "green"]


async def test_in_whatever_order_events_come_the_colour_is_the_same(service: MakeService) -> None:
    here = (await resident(service)).here
    orders = list(itertools.permutations(range(4)))
    await here.imported(*(person(serial) for serial in range(2, len(orders) + 2)))
    for serial, order in enumerate(orders, start=2):
        one, second = Resident(here, await here.find_resident(serial)), new_id()
        events = [one.open_case(), one.released(), one.open_case(second), one.fever_at_gate(MORNING)]
        for at in order:
            await here.service.receive(events[at])
        standing = await one.standing()
        assert (standing["colour"], standing["evidence"]) == ("red", second), order
        await here.service.receive(one.released(second))
        assert await one.colour() == "yellow", order


async def test_evidence_and_its_end_at_the_same_moment_leave_the_colour_that_follows_from_both(
    service: MakeService,
) -> None:
    one = await resident(service)
    await one.here.service.receive(one.open_case())
    receive = one.here.service.receive
    await asyncio.gather(
        receive(one.released()), receive(one.fever_at_gate(MORNING)), receive(one.fever_in_isolation())
    )
    assert await one.colour() == "yellow"


async def test_the_colour_of_a_resident_who_moved_carries_the_new_address(service: MakeService) -> None:
    one = await resident(service)
    await one.here.imported(person(1, room="909"))
    await one.here.service.receive(one.open_case())
    (event,) = await one.here.service.emitted(StandingChanged)
    assert event.area_path.endswith("/909")


async def test_every_change_is_kept_with_its_rule_evidence_and_time(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.open_case())
    await one.after(days=14)
    await one.here.service.receive(one.released())
    trace = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/standing/history")).json()["items"]
    assert [(line["colour"], line["rule"], line["evidence"]) for line in trace] == [
        ("red", "isolation", one.case_id),
        ("green", "no_evidence", ""),
    ]
    assert [datetime.fromisoformat(line["at"]) for line in trace] == [MORNING, MORNING + timedelta(days=14)]
    unknown = await one.here.clerk.get(f"/v1/residents/{new_id()}/standing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "registration.no_such_resident")
