"""Journeys home and the dated list of risk regions (R1.6)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from shared.base.ids import new_id
from shared.events import registration as events
from tests.conftest import MakeService
from tests.registration.office import GRID, TODAY, Office, office

WUHAN = {"hubei": "medium", "hubei/wuhan": "high"}


async def listed(here: Office, day: date, regions: dict[str, str]) -> None:
    answer = await here.city.put(f"/v1/risk-regions/{day}", json={"regions": regions})
    assert answer.status_code == 204, answer.text


async def declare(here: Office, resident_id: str, client: Any = None, **changes: Any) -> httpx.Response:
    body = {
        "journey_id": new_id(),
        "resident_id": resident_id,
        "origin_region": "hubei/wuhan",
        "departs_on": str(TODAY - timedelta(days=1)),
        "arrives_on": str(TODAY),
        "route": "武汉—郑州—津河",
        "transport": "G1234",
        "plate": "津A12345",
    }
    response: httpx.Response = await (client or here.clerk).post("/v1/journeys", json=body | changes)
    return response


async def test_a_resident_declares_the_own_journey_and_it_is_published_with_its_risk(service: MakeService) -> None:
    here = await office(service)
    await listed(here, TODAY - timedelta(days=3), WUHAN)
    resident = await here.resident()
    client = here.service.client("resident", subject=resident["resident_id"])
    answer = await declare(here, resident["resident_id"], client)
    assert answer.status_code == 201
    journey = answer.json()
    assert (journey["risk"], journey["risk_list_date"]) == ("high", "2026-02-07")
    assert (journey["route"], journey["transport"], journey["plate"]) == ("武汉—郑州—津河", "G1234", "津A12345")
    (event,) = await here.service.emitted(events.JourneyDeclared)
    assert (event.risk, event.resident_id, event.household_id) == (
        "high",
        resident["resident_id"],
        resident["household_id"],
    )
    assert (event.area_path, event.arrives_on) == (resident["area_path"], TODAY)
    assert (await client.get(f"/v1/journeys/{journey['journey_id']}")).json() == journey


@pytest.mark.parametrize(
    ("region", "risk"),
    [
        ("hubei/wuhan", "high"),
        ("hubei/wuhan/jianghan", "high"),
        ("hubei/huanggang", "medium"),
        ("hubei", "medium"),
        ("hunan/changsha", "low"),
        ("hubeixi", "low"),
    ],
)
async def test_the_longest_region_on_the_list_gives_the_risk(service: MakeService, region: str, risk: str) -> None:
    here = await office(service)
    await listed(here, TODAY, WUHAN)
    resident_id = (await here.resident())["resident_id"]
    assert (await declare(here, resident_id, origin_region=region)).json()["risk"] == risk


async def test_the_list_in_force_counts_and_one_of_tomorrow_does_not_yet(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    assert (await declare(here, resident_id)).json()["risk"] == "low"
    await listed(here, TODAY - timedelta(days=20), {"hubei": "medium"})
    await listed(here, TODAY + timedelta(days=1), WUHAN)
    journey = (await declare(here, resident_id)).json()
    assert (journey["risk"], journey["risk_list_date"]) == ("medium", "2026-01-21")


async def test_of_the_lists_of_departure_and_of_today_the_more_severe_counts(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    await listed(here, TODAY - timedelta(days=20), WUHAN)
    await listed(here, TODAY, {"hubei/wuhan": "low", "hunan": "high"})
    lowered = (await declare(here, resident_id)).json()
    assert (lowered["risk"], lowered["risk_list_date"]) == ("high", "2026-01-21")
    raised = (await declare(here, resident_id, origin_region="hunan/changsha")).json()
    assert (raised["risk"], raised["risk_list_date"]) == ("high", "2026-02-10")


async def test_a_corrected_list_of_a_day_replaces_it_and_can_be_read(service: MakeService) -> None:
    here = await office(service)
    missing = await here.clerk.get(f"/v1/risk-regions/{TODAY}")
    assert (missing.status_code, missing.json()["code"]) == (404, "registration.no_risk_list")
    await listed(here, TODAY, WUHAN)
    await listed(here, TODAY, {"hunan": "high"})
    risk_list = (await here.clerk.get(f"/v1/risk-regions/{TODAY + timedelta(days=5)}")).json()
    assert (risk_list["in_force_since"], risk_list["regions"]) == ("2026-02-10", {"hunan": "high"})


@pytest.mark.parametrize(
    ("day", "body"),
    [
        ("2026-02-10", {"regions": {"hubei": "extreme"}}),
        ("2026-02-10", {"regions": {"hubei//wuhan": "high"}}),
        ("2026-02-10", {"regions": {"": "high"}}),
        ("2026-02-10", {"regions": ["hubei"]}),
        ("2026-02-10", {}),
        ("2026-02-30", {"regions": {}}),
        ("today", {"regions": {}}),
    ],
)
async def test_a_list_that_cannot_be_read_is_refused(service: MakeService, day: str, body: dict[str, Any]) -> None:
    here = await office(service)
    refused = await here.city.put(f"/v1/risk-regions/{day}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_only_the_city_states_risk_regions(service: MakeService) -> None:
    here = await office(service)
    refused = await here.clerk.put(f"/v1/risk-regions/{TODAY}", json={"regions": WUHAN})
    assert (refused.status_code, refused.json()["code"]) == (403, "access.role_missing")


async def test_the_same_journey_again_gives_the_same_answer_and_publishes_nothing_new(service: MakeService) -> None:
    here = await office(service)
    resident_id, journey_id = (await here.resident())["resident_id"], new_id()
    first = await declare(here, resident_id, journey_id=journey_id)
    await listed(here, TODAY, WUHAN)  # declared journeys follow it in steps, when they are due
    again = await declare(here, resident_id, journey_id=journey_id)
    assert (again.status_code, again.json()) == (201, first.json())
    here.service.clock.advance(timedelta(days=90))  # when a new one could not have these dates
    later = (await declare(here, resident_id, journey_id=journey_id)).json()
    assert later == first.json() | {"state": "past"}
    assert len(await here.service.emitted(events.JourneyDeclared)) == 1


async def test_the_same_journey_at_the_same_moment_is_declared_once(service: MakeService) -> None:
    here = await office(service)
    resident_id, journey_id = (await here.resident())["resident_id"], new_id()
    answers = await asyncio.gather(*(declare(here, resident_id, journey_id=journey_id) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await here.service.emitted(events.JourneyDeclared)) == 1


async def test_another_journey_under_the_same_id_is_refused_instead_of_lost(service: MakeService) -> None:
    here = await office(service)
    first, second = (await here.resident(1))["resident_id"], (await here.resident(2))["resident_id"]
    journey_id = new_id()
    await declare(here, first, journey_id=journey_id)
    for resident_id, change in ((second, {}), (first, {"arrives_on": "2026-02-12"}), (first, {"plate": "津B99999"})):
        refused = await declare(here, resident_id, journey_id=journey_id, **change)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.journey_taken")


@pytest.mark.parametrize(
    ("departs_on", "arrives_on"),
    [
        ("2026-02-10", "2026-02-09"),
        ("2020-02-10", "2026-02-10"),
        ("2026-06-01", "2026-06-02"),
        ("2025-11-01", "2025-11-02"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-31", "9999-12-31"),
    ],
)
async def test_absurd_dates_are_refused_with_a_sentence(service: MakeService, departs_on: str, arrives_on: str) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    refused = await declare(here, resident_id, departs_on=departs_on, arrives_on=arrives_on)
    assert (refused.status_code, refused.json()["code"]) == (400, "registration.journey_dates")
    assert refused.json()["detail"].endswith("correct the dates")
    assert await here.service.emitted(events.JourneyDeclared) == []


@pytest.mark.parametrize(
    "change",
    [
        {"journey_id": "1"},
        {"origin_region": "hubei//wuhan"},
        {"origin_region": ""},
        {"origin_region": "湖北 武汉"},
        {"departs_on": "2026-02-30"},
        {"arrives_on": None},
        {"route": "x" * 201},
        {"transport": "x" * 61},
        {"plate": "x" * 17},
        {"companions": 3},
    ],
)
async def test_a_declaration_that_cannot_be_read_names_the_field(service: MakeService, change: dict[str, Any]) -> None:
    here = await office(service)
    refused = await declare(here, (await here.resident())["resident_id"], **change)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
    assert refused.json()["errors"][0]["where"] == f"body.{next(iter(change))}"


async def test_a_journey_of_a_stranger_cannot_be_declared(service: MakeService) -> None:
    here = await office(service)
    first, second = (await here.resident(1))["resident_id"], (await here.resident(2))["resident_id"]
    neighbour = here.service.client("resident", subject=second)
    declared = (await declare(here, first)).json()
    for answer in (
        await declare(here, first, neighbour),
        await declare(here, first, here.elsewhere),
        await declare(here, new_id()),
        await neighbour.get(f"/v1/journeys/{declared['journey_id']}"),
        await here.elsewhere.get(f"/v1/journeys/{declared['journey_id']}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "registration.no_such_resident")
    missing = await here.clerk.get(f"/v1/journeys/{new_id()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "registration.no_such_journey")
    assert len(await here.service.emitted(events.JourneyDeclared)) == 1


async def test_a_regions_name_may_be_chinese(service: MakeService) -> None:
    here = await office(service)
    await listed(here, TODAY, {"湖北/武汉": "high"})
    resident_id = (await here.resident())["resident_id"]
    assert (await declare(here, resident_id, origin_region="湖北/武汉/江汉")).json()["risk"] == "high"


async def test_journeys_are_listed_in_their_area_a_page_at_a_time(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    declared = {(await declare(here, resident_id)).json()["journey_id"] for _ in range(5)}
    listed_ids: list[str] = []
    after: str | None = ""
    worker = here.service.client("grid_worker", area=GRID)
    while after is not None:
        page = (await worker.get("/v1/journeys", params={"limit": 2, "after": after})).json()
        listed_ids += [journey["journey_id"] for journey in page["items"]]
        after = page["next"]
    assert listed_ids == sorted(declared)
    assert (await here.elsewhere.get("/v1/journeys")).json()["items"] == []
