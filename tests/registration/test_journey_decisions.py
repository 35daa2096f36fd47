"""The second person's decision on a journey that one official declared for a resident (R1.6, R1.9)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.events import registration as events
from tests.conftest import MakeService
from tests.registration.office import TODAY
from tests.registration.resident import Resident, resident

MEDIUM, HIGH = "hubei/huanggang", "hubei/wuhan"


async def _declared(service: MakeService, region: str = MEDIUM, days: int = 0) -> tuple[Resident, str]:
    """A resident for whom the office declared a journey."""
    one = await resident(service)
    return one, await one.declares(TODAY + timedelta(days=days), region, one.here.clerk)


def _second(one: Resident, subject: str = "office-second") -> Any:
    return one.here.service.client("community", subject=subject)


async def _step(client: Any, journey_id: str, step: str, reason: str = "") -> httpx.Response:
    body = {"reason": reason} if reason else None
    answer: httpx.Response = await client.post(f"/v1/journeys/{journey_id}/{step}", json=body)
    return answer


async def _listed(one: Resident, state: str) -> list[str]:
    answer = await one.here.clerk.get("/v1/journeys", params={"state": state})
    return [row["journey_id"] for row in answer.json()["items"]]


async def test_a_confirmed_journey_gives_the_colour_as_long_as_it_was_meant_to(service: MakeService) -> None:
    one, journey_id = await _declared(service)
    assert (await one.colour(), await _listed(one, "waiting")) == ("yellow", [journey_id])
    answer = await _step(_second(one), journey_id, "confirmation")
    journey = answer.json()
    assert (answer.status_code, journey["confirmed_by"], journey["falls_back_at"]) == (200, "office-second", None)
    assert (await _step(_second(one), journey_id, "confirmation")).json() == journey
    assert await _listed(one, "waiting") == []
    assert await one.after(hours=30) == "yellow"
    (event,) = await one.here.service.emitted(events.JourneyChanged)
    assert event.confirmed_by == "office-second"


async def test_a_refused_journey_gives_no_colour_from_then_on(service: MakeService) -> None:
    one, journey_id = await _declared(service)
    answer = await _step(_second(one), journey_id, "refusal", "她没有离开过本市")
    journey = answer.json()
    assert (answer.status_code, journey["state"], journey["refusal"]) == (200, "refused", "她没有离开过本市")
    assert (await _step(_second(one), journey_id, "refusal", "她没有离开过本市")).json() == journey
    assert (await one.colour(), await _listed(one, "refused")) == ("green", [journey_id])
    (event,) = await one.here.service.emitted(events.JourneyCancelled)
    assert (event.cancelled, event.refused_by) == (True, "office-second")
    stored = await one.here.service.database["journeys"].find_one({})
    assert "离开过" not in str(stored)


async def test_neither_who_declared_a_journey_nor_a_person_about_whom_it_is_decides_on_it(service: MakeService) -> None:
    one, journey_id = await _declared(service)
    for step, reason in (("confirmation", ""), ("refusal", "没有依据")):
        answer = await _step(one.here.clerk, journey_id, step, reason)
        assert (answer.status_code, answer.json()["code"]) == (409, "registration.own_journey")
        own = await _step(_second(one, one.resident_id), journey_id, step, reason)
        assert (own.status_code, own.json()["code"]) == (409, "access.own_decision")
    assert await one.colour() == "yellow"


async def test_what_a_resident_declared_waits_for_no_second_person(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(TODAY, MEDIUM)
    for step, reason in (("confirmation", ""), ("refusal", "没有依据")):
        answer = await _step(_second(one), journey_id, step, reason)
        assert (answer.status_code, answer.json()["code"]) == (409, "registration.journey_settled")


async def test_a_journey_that_opens_a_case_is_confirmed_in_isolation_and_may_be_refused_here(
    service: MakeService,
) -> None:
    one, journey_id = await _declared(service, HIGH)
    answer = await _step(_second(one), journey_id, "confirmation")
    assert (answer.status_code, answer.json()["code"]) == (409, "registration.journey_case")
    assert (await _step(_second(one), journey_id, "refusal", "登记错误")).status_code == 200


async def test_the_confirmation_of_a_colour_confirms_its_journey(service: MakeService) -> None:
    one, journey_id = await _declared(service)
    path = f"/v1/residents/{one.resident_id}/standing/confirmation"
    assert (await _second(one).post(path)).status_code == 200
    assert (await one.here.clerk.get(f"/v1/journeys/{journey_id}")).json()["confirmed_by"] == "office-second"


@pytest.mark.parametrize(("days", "state"), [(10, "planned"), (0, "current"), (-20, "past")])
async def test_journeys_are_listed_by_how_they_stand(service: MakeService, days: int, state: str) -> None:
    one, journey_id = await _declared(service, days=days)
    for other in ("planned", "current", "past", "cancelled", "refused"):
        assert await _listed(one, other) == ([journey_id] if other == state else []), other


async def test_a_journey_with_other_days_is_confirmed_anew(service: MakeService) -> None:
    one, journey_id = await _declared(service, days=10)
    await _step(_second(one), journey_id, "confirmation")
    days = {"departs_on": str(TODAY + timedelta(days=12)), "arrives_on": str(TODAY + timedelta(days=13))}
    changed = (await one.here.clerk.post(f"/v1/journeys/{journey_id}/days", json=days)).json()
    assert (changed["confirmed_by"], changed["falls_back_at"] is not None) == (None, True)
