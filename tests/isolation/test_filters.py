"""Lists of cases by place, keeper, end, state, and for whom they wait; the counts of an area agree with the lists."""

from datetime import timedelta
from typing import Any

from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.isolation.test_lists import pages
from tests.isolation.town import DOCTOR, DOOR, GRID, KEEPER, TODAY, Town, town
from tests.support.service import AREA

OTHER_GRID = f"{AREA}/a1/g02"
DOORS = [DOOR, f"{OTHER_GRID}/p07/1/102", f"{OTHER_GRID}/p07/1/103", f"{GRID}/p01/1/1/102"]
LENGTHS = [7, 14, 7, 14]


async def four(service: MakeService) -> tuple[Town, list[str]]:
    """Order four cases, two in each grid. The keeper has all but the third; a second person confirmed the first.

    The fourth has ended.
    """
    here, ids = await town(service), []
    for door, days in zip(DOORS, LENGTHS, strict=True):
        resident, case = new_id(), new_id()
        await here.register(resident, KEEPER if door == DOORS[1] else None, door)
        answer = await here.order(case_id=case, resident_id=resident, length_days=days)
        assert answer.status_code == 201, answer.text
        ids.append(case)
    for officer in (here.city, here.office):
        await officer.post(f"/v1/cases/{ids[3]}/cancellation", json={"reason": "a mistake"})
    await here.office.post(f"/v1/cases/{ids[0]}/confirmation")
    return here, ids


async def test_cases_are_filtered_by_place_keeper_end_and_state_in_every_order(service: MakeService) -> None:
    here, ids = await four(service)
    soon, late = ((TODAY + timedelta(days=days)).isoformat() for days in (7, 14))
    asked: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [0, 1, 2]),
        ({"within": GRID}, [0]),
        ({"within": GRID, "only_open": False}, [0, 3]),
        ({"within": OTHER_GRID}, [1, 2]),
        ({"keeper_id": KEEPER}, [0, 1]),
        ({"keeper_id": KEEPER, "only_open": False}, [0, 1, 3]),
        ({"keeper_id": KEEPER, "within": OTHER_GRID}, [1]),
        ({"keeper_id": "keeper-77"}, []),
        ({"ends_until": soon}, [0, 2]),
        ({"ends_from": late}, [1]),
        ({"ends_from": soon, "ends_until": soon, "within": OTHER_GRID}, [2]),
        ({"state": "observing"}, [0, 1, 2]),
        ({"state": "cancelled"}, [3]),
        ({"state": "cancelled", "within": OTHER_GRID}, []),
        ({"second": True}, [1, 2]),
        ({"second": True, "within": OTHER_GRID, "ends_until": soon}, [2]),
        ({"mine": True}, []),
    ]
    for client in (here.office, here.city):
        for params, wanted in asked:
            for sort in ("door", "ends_on", "-starts_on"):
                listed = [case["case_id"] for case in await pages(client, sort=sort, **params)]
                assert (set(listed), len(listed)) == ({ids[n] for n in wanted}, len(wanted)), (params, sort)
    mine = [case["case_id"] for case in await pages(here.service.client("grid_worker", subject=KEEPER), mine=True)]
    assert set(mine) == {ids[0], ids[1]}
    assert await pages(here.doctor, second=True) == [], f"{DOCTOR} has ordered them alone"


async def test_the_counts_of_an_area_agree_with_its_lists(service: MakeService) -> None:
    here, _ = await four(service)
    other = here.service.client("doctor", area=OTHER_GRID, subject="doctor-wu")
    keeper = here.service.client("grid_worker", subject=KEEPER)
    elsewhere = here.service.client("community", area="/jinhe/hexi/qingshui/c02")
    for client in (here.city, here.office, here.doctor, other, keeper, elsewhere):
        counts = (await client.get("/v1/cases/counts")).json()
        assert counts == {
            "open": len(await pages(client)),
            "by_state": {"observing": len(await pages(client, state="observing"))} if counts["open"] else {},
            "mine": len(await pages(client, mine=True)),
            "second": len(await pages(client, second=True)),
        }
        assert (await client.get("/v1/to-do")).json()["cases"] == counts
    assert counts["open"] == 0


async def test_a_place_outside_the_area_and_an_unknown_state_are_refused(service: MakeService) -> None:
    here = await town(service)
    assert (await here.office.get("/v1/cases", params={"within": "/jinhe/hexi"})).status_code == 404
    assert (await here.office.get("/v1/cases", params={"state": "asleep"})).status_code == 422
    assert (await here.office.get("/v1/cases", params={"ends_from": "soon"})).status_code == 422
