"""The place tree: defined, imported, answered for (R1.1, R1.2)."""

import asyncio
from typing import Any

import pytest

from shared.events.registration import KeeperAssigned, PlaceDefined
from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND, GRID, counts, office, text, xlsx
from tests.support.service import ServiceUnderTest

PLACES = ("级别", "编码", "名称", "上级")
TREE = [
    ("区", "hexi", "河西区", "/jinhe"),
    ("街道", "qingshui", "清水街道", "/jinhe/hexi"),
    ("社区", "c02", "清水社区", "/jinhe/hexi/qingshui"),
    ("村", "v01", "清水村", "/jinhe/hexi/qingshui/c02"),
]


async def defined(service: ServiceUnderTest) -> list[str]:
    return [event.path for event in await service.emitted(PlaceDefined)]


async def test_the_tree_is_defined_from_the_city_down_and_published(service: MakeService) -> None:
    here = await office(service)
    assert (await defined(here.service))[0] == "/jinhe"
    assert (await defined(here.service))[-1] == COMPOUND
    page = (await here.clerk.get("/v1/places")).json()
    assert [place["path"] for place in page["items"]] == [AREA, f"{AREA}/a1", GRID, COMPOUND]
    assert page["items"][-1]["name"] == "春华1号院"


async def test_places_are_looked_up_by_their_paths_within_the_area(service: MakeService) -> None:
    here = await office(service)
    asked = {"paths": [COMPOUND, AREA, "/jinhe", f"{COMPOUND}/none"]}
    items = (await here.clerk.post("/v1/places/names", json=asked)).json()["items"]
    assert [one["path"] for one in items] == [COMPOUND, AREA]
    assert items[0]["name"] == "春华1号院"
    async with here.service.client("community", area="/jinhe/hexi") as other:
        assert (await other.post("/v1/places/names", json=asked)).json() == {"items": []}


async def test_the_same_place_again_is_not_published_again_and_a_new_name_is(service: MakeService) -> None:
    here = await office(service)
    before = len(await here.service.emitted())
    same = {"level": "compound", "code": "p01", "name": "春华1号院", "parent": GRID}
    assert (await here.clerk.post("/v1/places", json=same)).status_code == 201
    assert await here.events_since(before) == []
    renamed = await here.clerk.post("/v1/places", json=same | {"name": "春华北院"})
    (event,) = await here.events_since(before)
    assert (event.name, event.place_id) == ("春华北院", renamed.json()["place_id"])


async def test_the_same_place_at_the_same_moment_is_one(service: MakeService) -> None:
    here = await office(service)
    body = {"level": "compound", "code": "p02", "name": "二号院", "parent": GRID}
    answers = await asyncio.gather(*(here.clerk.post("/v1/places", json=body) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert (await defined(here.service)).count(f"{GRID}/p02") == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"parent": f"{GRID}/nowhere"}, 404, "registration.no_such_place"),
        ({"parent": "/jinhe/hexi"}, 404, "access.not_found"),
        ({"parent": None}, 403, "registration.no_parent"),
        ({"level": "street"}, 400, "registration.place_level"),
        ({"level": "unit", "code": "七单元", "parent": COMPOUND}, 409, "registration.place_level"),
        ({"level": "planet"}, 422, "request.invalid"),
        ({"code": "a/b"}, 422, "request.invalid"),
        ({"code": ""}, 422, "request.invalid"),
        ({"name": "  "}, 422, "request.invalid"),
        ({"colour": "red"}, 422, "request.invalid"),
    ],
)
async def test_a_place_that_cannot_be_is_refused(
    service: MakeService, change: dict[str, Any], status: int, code: str
) -> None:
    here = await office(service)
    building = {"level": "building", "code": "7号楼", "name": "七号楼", "parent": COMPOUND}
    assert (await here.clerk.post("/v1/places", json=building)).json()["path"] == f"{COMPOUND}/7"
    before = len(await here.service.emitted())
    body = {"level": "compound", "code": "p09", "name": "九号院", "parent": GRID} | change
    refused = await here.clerk.post("/v1/places", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await here.events_since(before) == []


async def test_those_who_answer_for_a_place_are_named_and_published_once(service: MakeService) -> None:
    here = await office(service)
    keepers = {"keepers": [{"person_id": "keeper-01", "duty": "keeper"}, {"person_id": "zhao", "duty": "grid_leader"}]}
    for _ in range(2):
        answer = await here.clerk.put("/v1/places/keepers", params={"path": GRID}, json=keepers)
        assert answer.json()["keepers"] == keepers["keepers"]
    (event,) = await here.service.emitted(KeeperAssigned)
    assert [(keeper.person_id, keeper.duty) for keeper in event.keepers] == [
        ("keeper-01", "keeper"),
        ("zhao", "grid_leader"),
    ]


async def test_keepers_of_another_area_or_with_an_unknown_duty_are_refused(
    service: MakeService,
) -> None:
    here = await office(service)
    keepers: dict[str, Any] = {"keepers": [{"person_id": "keeper-01", "duty": "keeper"}]}
    for client, path, code in (
        (here.clerk, f"{GRID}/p99", "registration.no_such_place"),
        (here.elsewhere, GRID, "access.not_found"),
    ):
        refused = await client.put("/v1/places/keepers", params={"path": path}, json=keepers)
        assert (refused.status_code, refused.json()["code"]) == (404, code)
    for one in ({"person_id": "x", "duty": "king"}, {"person_id": "", "duty": "keeper"}, {"duty": "keeper"}):
        refused = await here.clerk.put("/v1/places/keepers", params={"path": GRID}, json={"keepers": [one]})
        assert refused.json()["code"] == "request.invalid"


@pytest.mark.parametrize("role", ["grid_worker", "doctor", "resident", "volunteer"])
async def test_only_the_office_changes_the_tree(service: MakeService, role: str) -> None:
    here = await office(service)
    client = here.service.client(role)
    body = {"level": "compound", "code": "p02", "name": "二号院", "parent": GRID}
    assert (await client.post("/v1/places", json=body)).json()["code"] == "access.role_missing"
    keepers = await client.put("/v1/places/keepers", params={"path": GRID}, json={"keepers": []})
    assert keepers.json()["code"] == "access.role_missing"
    assert (await here.send(xlsx(TREE, PLACES), "places", client)).json()["code"] == "access.role_missing"


@pytest.mark.parametrize("make", [xlsx, text])
async def test_a_tree_is_imported_with_chinese_levels(service: MakeService, make: Any) -> None:
    here = await office(service)
    report = (await here.send(make(TREE, PLACES), "places", here.city)).json()
    assert counts(report) == (4, 0, 0, 0)
    assert (await defined(here.service))[-1] == "/jinhe/hexi/qingshui/c02/v01"


async def test_a_tree_with_english_headings_and_codes_of_levels_is_imported_too(service: MakeService) -> None:
    here = await office(service)
    rows = [("grid", "g02", "Second grid", f"{AREA}/a1"), ("compound", "p02", "二号院", f"{AREA}/a1/g02")]
    report = (await here.send(text(rows, ("Level", "Code", "Name", "Parent")), "places")).json()
    assert counts(report) == (2, 0, 0, 0)


async def test_the_same_tree_twice_changes_nothing_and_its_report_can_be_read_again(service: MakeService) -> None:
    here = await office(service)
    await here.send(xlsx(TREE, PLACES), "places", here.city)
    before = len(await here.service.emitted())
    report = (await here.send(xlsx(TREE, PLACES), "places", here.city)).json()
    assert counts(report) == (0, 0, 4, 0)
    assert await here.events_since(before) == []
    assert (await here.city.get(f"/v1/imports/{report['import_id']}")).json() == report


async def test_bad_rows_of_a_tree_are_named_and_the_good_ones_go_in(service: MakeService) -> None:
    here = await office(service)
    rows = [
        ("网格", "g02", "第2网格", f"{AREA}/a1"),
        ("王国", "k01", "王国", AREA),
        ("网格", "", "第3网格", f"{AREA}/a1"),
        ("网格", "g 4", "第4网格", f"{AREA}/a1"),
        ("网格", "g05", "", f"{AREA}/a1"),
        ("网格", "g06", "第6网格", f"{AREA}/a9"),
        ("街道", "s01", "街道", AREA),
        ("网格", "g08", "第8网格", "/jinhe/hexi"),
        ("网格", "g09", "第9网格", f"{AREA}/a1"),
    ]
    report = (await here.send(xlsx(rows, PLACES), "places")).json()
    assert counts(report) == (2, 0, 0, 7)
    assert [(problem["row"], problem["column"]) for problem in report["problems"]] == [
        (3, "级别"),
        (4, "编码"),
        (5, "编码"),
        (6, "名称"),
        (7, "上级"),
        (8, "上级"),
        (9, "上级"),
    ]


async def test_places_are_listed_by_level_and_a_page_at_a_time(service: MakeService) -> None:
    here = await office(service)
    for n in range(2, 6):
        await here.define(f"{GRID}/p{n:02}")
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"level": "compound", "limit": 2, "after": after}
        page = (await here.clerk.get("/v1/places", params=query)).json()
        listed += [place["code"] for place in page["items"]]
        after = page["next"]
    assert listed == ["p01", "p02", "p03", "p04", "p05"]
    assert (await here.elsewhere.get("/v1/places")).json()["items"] == []
    assert (await here.elsewhere.get("/v1/places", params={"within": GRID})).status_code == 404
