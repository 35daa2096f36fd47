"""Journeys that end here later: their cases are planned, begin the day before the arrival, or are dropped (R3.1)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.isolation.domain import cases as domain
from shared.base.ids import derived_id, new_id
from shared.events import isolation as events
from shared.events import registration
from shared.events.registration import JourneyCancelled, JourneyChanged, JourneyDeclared, JourneyReassessed, Risk
from tests.conftest import MakeService
from tests.isolation.town import DOOR, KEEPER, TODAY, ZONE, Town, alert, journey, town

IN_45_DAYS = TODAY + timedelta(days=45)
EVE = 44  # days after the tenth of February


async def planned(service: MakeService) -> tuple[Town, JourneyDeclared]:
    """A town whose resident has declared an arrival in 45 days."""
    here = await town(service)
    declared = journey(here.resident_id, IN_45_DAYS)
    await here.service.receive(declared)
    here.case_id = derived_id("case", declared.journey_id)
    return here, declared


async def published(here: Town) -> list[str]:
    return [type(event).__name__ for event in await here.emitted(events.CaseEvent)]


async def listed(here: Town) -> list[tuple[str, str]]:
    rows = (await here.office.get("/v1/cases")).json()["items"]
    return [(row["case_id"], row["state"]) for row in rows]


def follow(declared: JourneyDeclared, kind: Any, **changes: Any) -> Any:
    """Return the event that the journey was changed or cancelled."""
    return kind(**declared.model_dump() | changes)


@pytest.mark.parametrize(("days_before", "day"), [(1, 26), (0, 27), (7, 20)])
def test_a_case_begins_at_midnight_in_the_city_some_days_before_the_arrival(days_before: int, day: int) -> None:
    at = domain.begins_at(date(2026, 3, 27), days_before, ZONE)
    assert at.isoformat() == f"2026-03-{day}T00:00:00+08:00"


async def test_an_arrival_in_45_days_is_planned_and_isolates_the_day_before(service: MakeService) -> None:
    here, _ = await planned(service)
    case = await here.case()
    assert (case["state"], case["starts_on"], case["keeper_id"]) == ("planned", "2026-03-27", KEEPER)
    assert await listed(here) == [(here.case_id, "planned")]
    assert [row["state"] for row in (await here.resident.get("/v1/cases")).json()["items"]] == ["planned"]
    assert (await published(here), await here.measurements()) == (["CasePlanned"], [])
    here.at(EVE - 1, 23, 59)
    await here.service.due()
    assert await published(here) == ["CasePlanned"]
    here.at(EVE, 0)
    await here.service.due()
    assert await published(here) == ["CasePlanned", "CaseOpened"]
    assert await listed(here) == [(here.case_id, "observing")]
    rows = await here.measurements()
    assert (len(rows), rows[0]["day"], any(row["waived"] for row in rows)) == (28, "2026-03-28", False)


@pytest.mark.parametrize("days", [1, 0, -3])
async def test_an_arrival_of_tomorrow_today_or_before_opens_its_case_at_once(service: MakeService, days: int) -> None:
    here = await town(service)
    await here.service.receive(journey(here.resident_id, TODAY + timedelta(days=days)))
    assert await published(here) == ["CaseOpened"]


async def test_an_arrival_of_the_day_after_tomorrow_waits_for_midnight_in_the_city(service: MakeService) -> None:
    here = await town(service)
    here.at(0, 23, 30)  # 15:30 of the tenth in UTC
    await here.service.receive(journey(here.resident_id, TODAY + timedelta(days=2)))
    assert await published(here) == ["CasePlanned"]
    here.at(1, 0)  # still the tenth in UTC
    await here.service.due()
    assert await published(here) == ["CasePlanned", "CaseOpened"]


async def test_a_person_whose_case_is_planned_breaches_nothing_and_is_not_reminded(service: MakeService) -> None:
    here, _ = await planned(service)
    await here.service.receive(alert(here.resident_id))
    assert (await here.case())["breaches"] == []
    assert await here.emitted(events.MeasurementMissed) == []


async def test_a_cancelled_journey_drops_its_plan_without_a_word_of_a_mistake(service: MakeService) -> None:
    here, declared = await planned(service)
    await here.service.receive(follow(declared, JourneyCancelled, cancelled=True))
    (dropped,) = await here.emitted(events.CasePlanDropped)
    assert (dropped.state, dropped.has_ended) == ("cancelled", True)
    here.at(EVE + 1, 9)
    await here.service.due()
    assert await published(here) == ["CasePlanned", "CasePlanDropped"]
    assert await listed(here) == []


async def test_a_journey_that_is_put_off_begins_by_its_new_days(service: MakeService) -> None:
    here, declared = await planned(service)
    later = IN_45_DAYS + timedelta(days=10)
    await here.service.receive(follow(declared, JourneyChanged, arrives_on=later))
    assert (await here.case())["starts_on"] == str(later)
    here.at(EVE, 9)
    await here.service.due()
    assert await published(here) == ["CasePlanned", "CasePlanned"]
    here.at(EVE + 10, 0)
    await here.service.due()
    assert (await published(here))[-1] == "CaseOpened"


async def test_a_journey_that_is_put_forward_to_today_begins_at_once_and_once(service: MakeService) -> None:
    here, declared = await planned(service)
    await here.service.receive(follow(declared, JourneyChanged, arrives_on=TODAY))
    assert await published(here) == ["CasePlanned", "CaseOpened"]
    here.at(EVE, 9)
    await here.service.due()
    assert (await published(here)).count("CaseOpened") == 1


async def test_a_cancellation_that_meets_the_beginning_withdraws_the_case(service: MakeService) -> None:
    here, declared = await planned(service)
    here.at(EVE, 0)
    await here.service.due()
    await here.service.receive(follow(declared, JourneyCancelled, cancelled=True))
    assert (await here.case())["state"] == "cancelled"
    days = {"starts_on": str(TODAY + timedelta(days=EVE))}
    assert (await here.order(case_id=new_id(), **days)).status_code == 201


async def test_a_plan_does_not_keep_a_doctor_from_ordering_and_ends_in_the_ordered_case(service: MakeService) -> None:
    here, declared = await planned(service)
    ordered = new_id()
    here.at(40, 9)
    assert (await here.order(case_id=ordered, starts_on=str(TODAY + timedelta(days=40)))).status_code == 201
    here.at(EVE, 0)
    await here.service.due()
    (extended,) = await here.emitted(events.CaseExtended)
    assert (extended.case_id, extended.ends_on) == (ordered, declared.arrives_on + timedelta(days=14))
    assert (await here.case())["state"] == "cancelled"
    assert len(await here.emitted(events.CasePlanDropped)) == 1


async def test_the_office_withdraws_a_plan_and_a_doctor_cannot_extend_it(service: MakeService) -> None:
    here, _ = await planned(service)
    refused = await here.extend(3)
    assert (refused.status_code, refused.json()["code"]) == (409, "isolation.not_begun")
    assert (await here.post(here.office, "cancellation", reason="不回来了")).json()["state"] == "cancelled"
    here.at(EVE, 9)
    await here.service.due()
    assert "CaseOpened" not in await published(here)


async def test_a_fever_reported_on_the_way_home_reaches_the_doctor_and_begins_nothing_early(
    service: MakeService,
) -> None:
    here, _ = await planned(service)
    assert (await here.report(39.0)).json()["extra"] is True
    assert len(await here.emitted(events.FeverReported)) == 1
    assert (await here.case())["state"] == "planned"


async def test_a_person_who_moves_before_the_arrival_is_isolated_at_the_new_door(service: MakeService) -> None:
    here, _ = await planned(service)
    moved = registration.ResidentMoved(
        resident_id=here.resident_id, household_id=new_id(), area_path=DOOR.replace("/101", "/202")
    )
    await here.service.receive(moved)
    here.at(EVE, 0)
    await here.service.due()
    (opened,) = await here.emitted(events.CaseOpened)
    assert (opened.area_path, opened.household_id) == (moved.area_path, moved.household_id)


async def test_a_risk_that_rises_with_the_new_days_plans_a_case(service: MakeService) -> None:
    here = await town(service)
    declared = journey(here.resident_id, IN_45_DAYS, Risk.MEDIUM)
    await here.service.receive(declared)
    assert await published(here) == []
    await here.service.receive(follow(declared, JourneyChanged, risk=Risk.HIGH))
    assert await published(here) == ["CasePlanned"]


async def test_a_plan_has_not_begun_until_it_opens_and_a_dropped_one_never_has(service: MakeService) -> None:
    here, declared = await planned(service)
    stored = await here.service.deps.store.cases.get(here.case_id)
    assert (stored.has_begun, stored.is_open, stored.has_ended) == (False, False, False)
    other = journey(new_id(), IN_45_DAYS)
    await here.service.receive(other)
    await here.service.receive(follow(other, JourneyCancelled, cancelled=True))
    assert (await here.service.deps.store.cases.get(derived_id("case", other.journey_id))).has_begun is False
    here.at(EVE, 0)
    await here.service.due()
    opened = await here.service.deps.store.cases.get(derived_id("case", declared.journey_id))
    assert (opened.has_begun, opened.is_open) == (True, True)


@pytest.mark.parametrize(("confirmed", "left"), [(False, "cancelled"), (True, "observing")])
async def test_a_refused_journey_withdraws_its_case_unless_a_second_person_confirmed_that(
    service: MakeService, confirmed: bool, left: str
) -> None:
    here = await town(service)
    declared = journey(here.resident_id, TODAY).model_copy(update={"stated_by": "keeper-elsewhere"})
    await here.service.receive(declared)
    here.case_id = derived_id("case", declared.journey_id)
    if confirmed:
        assert (await here.office.post(f"/v1/cases/{here.case_id}/confirmation")).status_code == 200
    await here.service.receive(follow(declared, JourneyCancelled, cancelled=True, refused_by="office-sun"))
    assert (await here.case())["state"] == left


@pytest.mark.parametrize("days", [0, 45])
async def test_a_risk_that_a_list_lowers_ends_the_case_and_one_that_rises_again_opens_another(
    service: MakeService, days: int
) -> None:
    here = await town(service)
    declared = journey(here.resident_id, TODAY + timedelta(days=days))
    await here.service.receive(declared)
    lowered = follow(declared, JourneyReassessed, risk=Risk.MEDIUM, risk_before=Risk.HIGH)
    await here.service.receive(lowered, lowered)
    raised = follow(declared, JourneyReassessed, risk=Risk.HIGH, risk_before=Risk.MEDIUM, risk_turn=1)
    await here.service.receive(raised)
    begins = (
        ["CasePlanned", "CasePlanDropped", "CasePlanned"] if days else ["CaseOpened", "CaseCancelled", "CaseOpened"]
    )
    assert await published(here) == begins
    assert len({event.case_id for event in await here.emitted(events.CaseEvent)}) == 2


async def test_a_case_with_a_referral_goes_on_although_a_list_lowers_the_risk(service: MakeService) -> None:
    here = await town(service)
    declared = journey(here.resident_id, TODAY)
    await here.service.receive(declared)
    here.case_id = derived_id("case", declared.journey_id)
    cases = here.service.deps.store.cases
    async with here.service.deps.unit_of_work() as work:
        await cases.put(replace(await cases.get(here.case_id, work), state=events.CaseState.REFERRED), work)
    await here.service.receive(follow(declared, JourneyReassessed, risk=Risk.LOW, risk_before=Risk.HIGH))
    assert (await here.case())["state"] == "referred"
