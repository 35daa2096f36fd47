"""Risk regions by sub-district and hour: the stays of a journey, files, and what follows for journeys (R1.6)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registration.domain.legs import Leg, check_legs, stays
from services.registration.domain.risk_lists import ListedRegion, RiskList, assess, in_order
from services.registration.usecases.risk_lists import JOURNEYS_A_STEP
from shared.base.ids import new_id
from shared.events import registration as events
from shared.events.registration import Risk
from tests.conftest import MakeService
from tests.registration.office import TODAY, Office, office, person, text, xlsx
from tests.registration.resident import Resident, resident
from tests.registration.test_rules import ZONE

HEADING = ("省", "市", "区县", "街道", "风险等级", "起始时间", "截止时间")
HAN, WEI = "hubei/wuhan/jianghan", "henan/zhengzhou"
FILE = [
    ("hubei", "wuhan", "jianghan", "huaxin", "高", "2026-02-08 08:00", "2026-02-09 20:00"),
    ("hubei", "wuhan", "", "", "中", "", ""),
]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 2, day, hour, minute, tzinfo=ZONE)


def leg(origin: str, to: str, since: datetime, until: datetime, **more: str) -> Leg:
    return Leg(origin, to, since, until, **more)


LEGS = (
    leg(HAN, WEI, at(9, 8), at(9, 10)),
    leg(WEI, "hebei/handan", at(9, 12), at(9, 14)),
    leg("hebei/handan", "tianjin", at(9, 15), at(10, 1)),
)


@pytest.mark.parametrize(
    ("listed", "risk"),
    [
        (ListedRegion(HAN, Risk.HIGH, None, at(9, 8)), "high"),
        (ListedRegion(HAN, Risk.HIGH, at(9, 8)), "low"),
        (ListedRegion(HAN, Risk.HIGH, at(9, 7, 59)), "high"),
        (ListedRegion(WEI, Risk.MEDIUM, at(9, 11), at(9, 11, 30)), "medium"),
        (ListedRegion(WEI, Risk.MEDIUM, at(9, 12)), "low"),
        (ListedRegion("tianjin", Risk.HIGH), "low"),
        (ListedRegion("hubei", Risk.MEDIUM), "medium"),
    ],
)
def test_a_region_counts_for_who_was_there_in_the_hours_for_which_it_is_listed(listed: ListedRegion, risk: str) -> None:
    stayed = stays(LEGS, HAN, date(2026, 2, 9), ZONE)
    assert assess(stayed, [RiskList(TODAY, (listed,))]).risk == risk


def test_the_smallest_listed_region_that_holds_then_decides_and_is_named() -> None:
    regions = (ListedRegion("hubei", Risk.HIGH), ListedRegion(HAN, Risk.MEDIUM, at(1, 0), at(9, 9)))
    stayed = stays(LEGS, HAN, date(2026, 2, 9), ZONE)
    assessed = assess(stayed, [RiskList(TODAY, regions)])
    assert (assessed.risk, assessed.region, assessed.list_date) == (Risk.MEDIUM, HAN, TODAY)


def test_without_legs_the_whole_day_of_departure_counts() -> None:
    (stay,) = stays((), HAN, date(2026, 2, 9), ZONE)
    assert (stay.since, stay.until) == (at(10, 0) - timedelta(days=14), at(10, 0))


def test_a_list_is_the_same_however_its_rows_stand() -> None:
    rows = [ListedRegion(HAN, Risk.HIGH), ListedRegion(WEI, Risk.MEDIUM, at(1, 0)), ListedRegion(HAN, Risk.HIGH)]
    assert in_order(rows) == in_order(reversed(rows))
    assert len(in_order(rows)) == 2


@pytest.mark.parametrize(
    ("legs", "problem"),
    [
        ((*LEGS, LEGS[0]), "at most 3 legs"),
        ((leg(HAN, WEI, at(9, 8), at(9, 8)),), "leg 1 arrives before"),
        ((LEGS[0], leg(WEI, "tianjin", at(9, 9), at(10, 1))), "leg 2 departs before leg 1"),
        (LEGS[1:], "does not begin in"),
        ((leg(HAN, "tianjin", at(8, 8), at(10, 1)),), "'departs_on'"),
        (LEGS[:1], "'arrives_on'"),
    ],
)
def test_legs_that_contradict_each_other_or_the_days_are_refused(legs: tuple[Leg, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_legs(legs, HAN, date(2026, 2, 9), date(2026, 2, 10), ZONE)


def body(resident_id: str, *legs: Leg, **changes: Any) -> dict[str, Any]:
    """Return a declaration by legs."""
    stated = [vars(one) | {"departs_at": str(one.departs_at), "arrives_at": str(one.arrives_at)} for one in legs]
    days = {"departs_on": "2026-02-09", "arrives_on": "2026-02-10", "origin_region": legs[0].from_region}
    return {"journey_id": new_id(), "resident_id": resident_id, "legs": stated} | days | changes


async def import_file(here: Office, content: bytes, path: str = "", client: Any = None) -> httpx.Response:
    url, files = f"/v1/risk-region-files/{TODAY}{path}", {"file": ("regions", content)}
    answer: httpx.Response = await (client or here.city).post(url, files=files, headers={"Accept-Language": "zh"})
    return answer


async def test_a_journey_by_legs_is_sealed_and_gives_the_risk_of_its_hours(service: MakeService) -> None:
    one = await resident(service)
    await import_file(one.here, text(FILE, HEADING))
    own = one.here.service.client("resident", subject=one.resident_id)
    home = "hubei/wuhan/jianghan/huaxin"
    legs = (leg(home, WEI, at(9, 8), at(9, 10), number="G1234", seat="05车12F"), *LEGS[1:])
    answer = await own.post("/v1/journeys", json=body(one.resident_id, *legs, contact="13800000001"))
    journey = answer.json()
    assert (answer.status_code, journey["risk"], journey["risk_region"]) == (201, "high", home)
    assert (journey["legs"][0]["seat"], journey["contact"], len(journey["legs"])) == ("05车12F", "13800000001", 3)
    stored = await one.here.service.database["journeys"].find_one({})
    assert stored is not None
    assert "05车12F" not in str(stored)
    assert "13800000001" not in str(stored)
    wrong = await own.post("/v1/journeys", json=body(one.resident_id, *legs[1:], origin_region=HAN))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "registration.journey_legs")
    four = await own.post("/v1/journeys", json=body(one.resident_id, *legs, legs[-1]))
    assert four.status_code == 422


async def test_a_member_of_the_household_declares_and_a_neighbour_does_not(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, room="101"), person(2, room="101"), person(3, room="103"))
    mother, child, neighbour = [(await here.find_resident(n))["resident_id"] for n in (1, 2, 3)]
    mine = here.service.client("resident", subject=mother)
    answer = await mine.post("/v1/journeys", json=body(child, *LEGS))
    assert (answer.status_code, answer.json()["declared_by"], answer.json()["stated_by"]) == (201, mother, mother)
    path = f"/v1/journeys/{answer.json()['journey_id']}"
    assert (await mine.get(path)).status_code == 200
    assert (await here.service.client("resident", subject=child).get(path)).status_code == 200
    other = here.service.client("resident", subject=neighbour)
    assert (await other.post("/v1/journeys", json=body(child, *LEGS))).status_code == 404
    assert (await other.get(path)).status_code == 404


@pytest.mark.parametrize("make", [text, xlsx])
async def test_a_file_states_a_list_and_the_same_file_again_changes_nothing(service: MakeService, make: Any) -> None:
    here = await office(service)
    content = make(FILE, HEADING)
    preview = (await import_file(here, content, "/preview")).json()
    assert (preview["stored"], preview["changed"], len(preview["entries"])) == (False, True, 2)
    assert (await here.clerk.get(f"/v1/risk-regions/{TODAY}")).status_code == 404
    first, again = [(await import_file(here, content)).json() for _ in range(2)]
    assert [(one["stored"], one["changed"]) for one in (first, again)] == [(True, True), (True, False)]
    listed = (await here.clerk.get(f"/v1/risk-regions/{TODAY}")).json()
    street = next(one for one in listed["entries"] if one["region"].endswith("huaxin"))
    assert datetime.fromisoformat(street["since"]) == at(8, 8)
    assert (listed["regions"]["hubei/wuhan"], listed["stated_by"]) == ("medium", "city-office")
    (item,) = (await here.clerk.get("/v1/risk-regions")).json()["items"]
    assert item == listed
    assert (await import_file(here, content, client=here.clerk)).status_code == 403


async def test_a_date_cell_is_a_moment(service: MakeService) -> None:
    here = await office(service)
    row = ("湖北省", "武汉市", "江汉区", "花楼街道", "高风险", datetime(2026, 2, 8, 8, 30), None)
    answer = (await import_file(here, xlsx([row], HEADING))).json()
    (entry,) = answer["entries"]
    assert (entry["region"], entry["risk"]) == ("湖北省/武汉市/江汉区/花楼街道", "high")
    assert datetime.fromisoformat(entry["since"]) == at(8, 8, 30)


async def test_with_one_bad_row_nothing_of_a_file_is_stored_and_each_is_named(service: MakeService) -> None:
    here = await office(service)
    bad = [
        ("hubei", "", "jianghan", "", "高", "", ""),
        ("hubei", "wuhan", "", "", "extreme", "", ""),
        ("hubei", "wuhan", "", "", "高", "yesterday", ""),
        ("hubei", "wuhan", "", "", "高", "2026-02-09 08:00", "2026-02-09 07:00"),
        ("hunan", "", "", "", "高", "", ""),
        ("hunan", "", "", "", "低", "", ""),
    ]
    answer = (await import_file(here, text([*FILE, *bad], HEADING))).json()
    assert (answer["stored"], [one["row"] for one in answer["problems"]]) == (False, [4, 5, 6, 7, 9])
    assert all(any("一" <= mark <= "鿿" for mark in one["problem"]) for one in answer["problems"])
    assert (await here.clerk.get(f"/v1/risk-regions/{TODAY}")).status_code == 404


async def stated(one: Resident, risk: str, day: date = TODAY) -> None:
    regions = {"hubei/huanggang": risk}
    assert (await one.here.city.put(f"/v1/risk-regions/{day}", json={"regions": regions})).status_code == 204
    await one.here.service.due()


async def test_a_new_list_raises_and_lowers_journeys_that_are_declared_already(service: MakeService) -> None:
    one = await resident(service)
    journey_id = await one.declares(TODAY)
    assert await one.colour() == "yellow"
    await stated(one, "low")
    assert await one.colour() == "green"
    await stated(one, "medium")
    assert await one.colour() == "yellow"
    await stated(one, "high")
    journey = (await one.here.clerk.get(f"/v1/journeys/{journey_id}")).json()
    assert (journey["risk"], journey["risk_list_date"], journey["risk_region"]) == (
        "high",
        str(TODAY),
        "hubei/huanggang",
    )
    steps = [(step["before"], step["risk"]) for step in journey["reassessed"]]
    assert steps == [("medium", "low"), ("low", "medium"), ("medium", "high")]
    published = [event.risk.value for event in await one.here.service.emitted(events.JourneyReassessed)]
    assert published == ["low", "medium", "high"]


async def test_a_list_of_tomorrow_counts_for_journeys_of_now_from_its_midnight_on(service: MakeService) -> None:
    one = await resident(service)
    await one.declares(TODAY)
    await stated(one, "high", TODAY + timedelta(days=1))
    assert await one.here.service.emitted(events.JourneyReassessed) == []
    one.here.service.clock.at = datetime(2026, 2, 10, 16, 0, 1, tzinfo=UTC)  # midnight in the city
    await one.here.service.due()
    (event,) = await one.here.service.emitted(events.JourneyReassessed)
    assert (event.risk, event.risk_before, event.risk_list_date) == ("high", "medium", TODAY + timedelta(days=1))


async def test_journeys_follow_in_steps_and_past_or_cancelled_ones_do_not(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert JOURNEYS_A_STEP > 1
    monkeypatch.setattr("services.registration.usecases.risk_lists.JOURNEYS_A_STEP", 1)
    one = await resident(service)
    past = await one.declares(TODAY - timedelta(days=20))
    followed = {await one.declares(TODAY + timedelta(days=days)) for days in (0, 0, 3, 9)}
    cancelled = await one.declares(TODAY + timedelta(days=9))
    await one.here.clerk.post(f"/v1/journeys/{cancelled}/cancellation")
    await stated(one, "high")
    published = [event.journey_id for event in await one.here.service.emitted(events.JourneyReassessed)]
    assert (set(published), len(published)) == (followed, 4)
    assert {past, cancelled}.isdisjoint(published)


async def test_new_days_of_a_journey_by_legs_take_new_legs(service: MakeService) -> None:
    one = await resident(service)
    later = [
        {"from_region": HAN, "to_region": "tianjin", "departs_at": f"2026-03-{d}T08:00+08:00"}
        | {"arrives_at": f"2026-03-{d}T18:00+08:00"}
        for d in (10, 12)
    ]
    first = body(one.resident_id, LEGS[0], departs_on="2026-03-10", arrives_on="2026-03-10", legs=later[:1])
    assert (await one.here.clerk.post("/v1/journeys", json=first)).status_code == 201
    path, days = f"/v1/journeys/{first['journey_id']}/days", {"departs_on": "2026-03-12", "arrives_on": "2026-03-12"}
    refused = await one.here.clerk.post(path, json=days)
    assert (refused.status_code, refused.json()["code"]) == (400, "registration.journey_legs_missing")
    changed = await one.here.clerk.post(path, json=days | {"legs": later[1:]})
    assert (changed.status_code, changed.json()["legs"][0]["departs_at"]) == (200, "2026-03-12T00:00:00Z")
