"""Journeys that arrive later: planned, near, changed, cancelled, and the colour that follows (R1.6, R1.9)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registration.domain import colours, journeys
from shared.base.errors import Conflict
from shared.events import isolation
from shared.events import registration as events
from shared.events.registration import Risk
from tests.conftest import MakeService
from tests.registration.office import TODAY
from tests.registration.resident import Resident, resident
from tests.registration.test_rules import NOW, ZONE, journey

IN_45_DAYS = TODAY + timedelta(days=45)


def until(day: date, hour: int = 0) -> datetime:
    """Return that hour of the day in the city."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)


async def post(one: Resident, journey_id: str, step: str, client: Any = None, **body: str) -> httpx.Response:
    path = f"/v1/journeys/{journey_id}/{step}"
    answer: httpx.Response = await (client or one.here.clerk).post(path, json=body or None)
    return answer


async def move_to(one: Resident, at: datetime) -> str:
    """Let it be that time, do what falls due, and return the colour."""
    one.here.service.clock.at = at
    await one.here.service.due()
    return await one.colour()


@pytest.mark.parametrize(
    ("arrives_in", "days_before", "since"),
    [
        (45, 1, until(TODAY + timedelta(days=44))),
        (45, 3, until(TODAY + timedelta(days=42))),
        (2, 1, until(TODAY + timedelta(days=1))),
        (1, 1, NOW),
        (0, 1, NOW),
        (-3, 1, NOW),
        (1, 0, until(TODAY + timedelta(days=1))),
    ],
)
def test_a_medium_risk_counts_from_the_midnight_of_the_city_before_the_arrival(
    arrives_in: int, days_before: int, since: datetime
) -> None:
    planned = journey(Risk.MEDIUM, TODAY + timedelta(days=arrives_in))
    evidence = colours.travel_evidence(planned, NOW, days_before, ZONE, timedelta(days=14))
    assert evidence is not None
    assert evidence.since == since


@pytest.mark.parametrize(("days", "near"), [(0, True), (1, True), (2, False), (45, False), (-1, True)])
def test_a_journey_changes_until_the_day_before_its_arrival(days: int, near: bool) -> None:
    one = journey(Risk.HIGH, TODAY + timedelta(days=days))
    if not near:
        journeys.require_ahead(one, TODAY, 1)
        return
    with pytest.raises(Conflict):
        journeys.require_ahead(one, TODAY, 1)


async def test_a_medium_risk_journey_in_45_days_turns_yellow_the_day_before_its_arrival(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS - timedelta(days=1))
    view = (await one.here.clerk.get(f"/v1/journeys/{journey_id}")).json()
    assert (await one.colour(), view["counts_from"], view["cancelled"]) == ("green", "2026-03-26", False)
    eve = until(date(2026, 3, 26))
    assert await move_to(one, eve - timedelta(seconds=1)) == "green"
    assert await move_to(one, eve) == "yellow"
    assert await move_to(one, until(IN_45_DAYS + timedelta(days=13))) == "green"
    assert await one.published() == ["yellow", "green"]


async def test_a_planned_case_turns_no_code_red_until_it_opens(service: MakeService) -> None:
    one = await resident(service)
    await one.here.service.receive(one.case(isolation.CasePlanned, state=isolation.CaseState.PLANNED))
    assert (await one.colour(), await one.published()) == ("green", [])
    await one.here.service.receive(one.case(isolation.CaseOpened, state=isolation.CaseState.OBSERVING))
    assert await one.colour() == "red"


async def test_a_handover_of_the_case_changes_no_colour(service: MakeService) -> None:
    one = await resident(service)
    elsewhere = isolation.CaseHandover(to_area_path="/jinhe/hexi/c9/1/101", to_household_id="h9", since=NOW)
    await one.here.service.receive(
        one.open_case(),
        one.case(isolation.CaseHandoverStarted, handover=elsewhere),
        one.case(isolation.CaseHandedOver, from_area_path="/jinhe"),
        one.case(isolation.CaseMoved),
    )
    assert (await one.colour(), await one.published()) == ("red", ["red"])


async def test_a_cancelled_journey_turns_no_code_yellow_and_is_published(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS - timedelta(days=1))
    own = one.here.service.client("resident", subject=one.resident_id)
    for _ in range(2):
        answer = await post(one, journey_id, "cancellation", own)
        assert (answer.status_code, answer.json()["cancelled"], answer.json()["plate"]) == (200, True, "")
    (event,) = await one.here.service.emitted(events.JourneyCancelled)
    assert (event.journey_id, event.cancelled) == (journey_id, True)
    assert await move_to(one, until(IN_45_DAYS)) == "green"
    refused = await post(one, journey_id, "days", departs_on="2026-04-20", arrives_on="2026-04-21")
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.journey_cancelled")


@pytest.mark.parametrize(("days", "colour_at_the_old_eve"), [(10, "green"), (-10, "yellow")])
async def test_a_changed_journey_counts_by_its_new_days(
    service: MakeService, days: int, colour_at_the_old_eve: str
) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS - timedelta(days=1))
    arrives_on = IN_45_DAYS + timedelta(days=days)
    body = {"departs_on": str(arrives_on - timedelta(days=1)), "arrives_on": str(arrives_on)}
    own = one.here.service.client("resident", subject=one.resident_id)
    changed = await post(one, journey_id, "days", own, **body)
    assert (changed.status_code, changed.json()["arrives_on"]) == (200, str(arrives_on))
    assert (await post(one, journey_id, "days", own, **body)).json() == changed.json()
    (event,) = await one.here.service.emitted(events.JourneyChanged)
    assert (event.arrives_on, event.risk) == (arrives_on, Risk.MEDIUM)
    assert await move_to(one, until(IN_45_DAYS - timedelta(days=1))) == colour_at_the_old_eve
    assert await move_to(one, until(arrives_on - timedelta(days=1))) == "yellow"


async def test_a_journey_that_is_put_forward_to_tomorrow_counts_at_once(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS)
    await post(one, journey_id, "days", departs_on=str(TODAY), arrives_on=str(TODAY + timedelta(days=1)))
    assert await one.colour() == "yellow"


async def test_a_journey_whose_arrival_is_near_is_neither_changed_nor_cancelled(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(TODAY)  # arrives tomorrow
    for step, body in (("cancellation", {}), ("days", {"departs_on": "2026-04-01", "arrives_on": "2026-04-02"})):
        refused = await post(one, journey_id, step, **body)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.journey_near")
    assert await one.colour() == "yellow"


async def test_a_list_of_the_new_days_raises_the_risk_and_new_days_alone_never_lower_it(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS)
    days = {"departs_on": "2026-03-20", "arrives_on": "2026-03-21"}
    await one.here.city.put("/v1/risk-regions/2026-03-19", json={"regions": {"hubei": "high"}})
    assert (await post(one, journey_id, "days", **days)).json()["risk"] == "high"
    await one.here.city.put("/v1/risk-regions/2026-03-19", json={"regions": {"hubei": "low"}})
    days = {"departs_on": "2026-03-21", "arrives_on": "2026-03-22"}
    assert (await post(one, journey_id, "days", **days)).json()["risk"] == "high"
    # The list itself was corrected, and the journey follows it within minutes.
    assert await move_to(one, until(date(2026, 3, 22))) == "yellow"


async def test_a_journey_of_a_stranger_is_neither_changed_nor_cancelled(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS)
    neighbour = one.here.service.client("resident", subject="another-resident")
    for client in (neighbour, one.here.elsewhere):
        refused = await post(one, journey_id, "cancellation", client)
        assert (refused.status_code, refused.json()["code"]) == (404, "registration.no_such_resident")
    absurd = await post(one, journey_id, "days", departs_on="2026-03-21", arrives_on="2026-03-20")
    assert (absurd.status_code, absurd.json()["code"]) == (400, "registration.journey_dates")


async def test_a_clerks_reading_of_a_changed_journey_is_recorded(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(IN_45_DAYS)
    await post(one, journey_id, "cancellation")
    auditor = one.here.service.client("auditor", area="/")
    page = (await auditor.get("/v1/readings", params={"subject": one.resident_id})).json()
    assert ("journey", "office-liu") in [(row["kind"], row["reader"]) for row in page["items"]]
