"""Isolation cases from a declared journey to the release, on a real store."""

from datetime import date, timedelta

from services.isolation import main
from services.isolation.settings import Settings
from shared.events import isolation as events
from shared.events import registration
from shared.ids import new_id
from tests.conftest import MakeService
from tests.support.service import AREA, ServiceUnderTest

DOOR = f"{AREA}/a1/g01/p01/1/1/101"


def journey(resident_id: str, risk: registration.Risk, arrives_on: date) -> registration.JourneyDeclared:
    return registration.JourneyDeclared(
        journey_id=new_id(),
        resident_id=resident_id,
        household_id=new_id(),
        area_path=DOOR,
        origin_region="hubei/wuhan",
        risk=risk,
        departs_on=arrives_on - timedelta(days=1),
        arrives_on=arrives_on,
    )


async def isolation(service: MakeService) -> ServiceUnderTest:
    made = await service(main.build, Settings)
    made.hear_replica()
    return made


async def test_an_arrival_from_a_high_risk_region_opens_one_case_however_often_it_is_said(service: MakeService) -> None:
    town = await isolation(service)
    said = await town.hear(journey(new_id(), registration.Risk.HIGH, date(2026, 2, 10)))
    await town.hear(*said)
    (opened,) = await town.said(events.CaseOpened)
    assert (opened.starts_on, opened.ends_on) == (date(2026, 2, 10), date(2026, 2, 24))


async def test_an_arrival_whose_days_are_over_opens_no_case(service: MakeService) -> None:
    town = await isolation(service)
    await town.hear(journey(new_id(), registration.Risk.HIGH, date(2026, 1, 20)))
    assert await town.said() == []
