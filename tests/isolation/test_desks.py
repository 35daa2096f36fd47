"""What a triage desk measured: a report of an open case, or a case that a fever opens (R1.11, R3.5)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import derived_id, new_id
from shared.events import isolation as events
from shared.events.registration_desks import DeskSymptom, TriageRecorded
from tests.conftest import MakeService
from tests.isolation.town import DOOR, KEEPER, Town, town
from tests.support.service import AREA

CLERK = "desk-zhao"


def triage(here: Town, **facts: Any) -> TriageRecorded:
    """Return the event that the resident was registered at a desk with a fever."""
    measured = {"temperature_c": 38.2, "fever": True} | facts
    return TriageRecorded(
        triage_id=new_id(),
        desk_id=new_id(),
        desk_path=AREA,
        area_path=DOOR,
        **({"resident_id": here.resident_id} | measured),
        reported_by=CLERK,
        at=here.service.clock.now(),
    )


async def published(here: Town) -> list[str]:
    return [type(event).__name__ for event in await here.service.emitted(events.CaseEvent)]


@pytest.mark.parametrize("facts", [{}, {"temperature_c": None, "fever": False, "symptoms": (DeskSymptom.COUGH,)}])
async def test_a_fever_or_a_symptom_at_a_desk_opens_a_case_and_refers_the_person_once(
    service: MakeService, facts: dict[str, Any]
) -> None:
    here = await town(service)
    event = triage(here, **facts)
    await here.service.receive(event)
    await here.service.receive(event)
    here.case_id = derived_id("case", event.triage_id)
    case = await here.case()
    assert (case["state"], case["keeper_id"], case["proposed_by"]) == ("referred", KEEPER, CLERK)
    assert await published(here) == ["CaseOpened", "CaseReferred"]
    fevers = await here.service.emitted(events.FeverReported)
    assert [one.reported_by for one in fevers] == ([CLERK] if not facts else [])
    (opened, *_) = await here.service.emitted(events.CaseOpened)
    assert (opened.reason, (opened.ends_on - opened.starts_on).days) == ("fever_at_desk", 7)


async def test_a_measurement_at_a_desk_is_a_report_of_the_open_case(service: MakeService) -> None:
    here = await town(service)
    assert (await here.order()).status_code == 201
    await here.service.receive(triage(here, temperature_c=36.6, fever=False))
    (reported,) = await here.service.emitted(events.MeasurementReported)
    assert (reported.case_id, reported.temperature_c) == (here.case_id, 36.6)
    await here.service.receive(triage(here))
    assert (await published(here), (await here.case())["state"]) == (["CaseOpened", "CaseReferred"], "referred")


@pytest.mark.parametrize(
    "facts", [{"temperature_c": 36.6, "fever": False}, {"temperature_c": None, "fever": False}, {"resident_id": None}]
)
async def test_nothing_opens_without_a_fever_or_without_a_person(service: MakeService, facts: dict[str, Any]) -> None:
    here = await town(service)
    await here.service.receive(triage(here, **facts))
    assert await published(here) == []


async def test_an_old_registration_opens_no_case(service: MakeService) -> None:
    here = await town(service)
    event = triage(here)
    here.service.clock.advance(timedelta(days=8))
    await here.service.receive(event)
    assert await published(here) == []
