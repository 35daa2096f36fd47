"""A clerk maps the columns of a foreign sheet by hand; the office remembers it by the titles (R1.12)."""

import json
from typing import Any

import httpx

from services.registration.rosters.by_hand import guess_heading, heading_by_hand, titles_of
from services.registration.rosters.cells import Cell
from services.registration.rosters.columns import RESIDENT_COLUMNS
from tests.conftest import MakeService
from tests.registration.office import Office, counts, finished, id_number, office, text

FOREIGN = ("No", "Who", "Passport or card", "House", "Estate", "Call")
MAPPING = {"Who": "name", "Passport or card": "id_number", "House": "room", "Estate": "compound", "Call": "phone"}


def foreign(serial: int = 1, number: str = "") -> tuple[str, ...]:
    return (
        str(serial),
        f"王伟{serial}",
        number or id_number(serial),
        f"{100 + serial}",
        "春华1号院",
        f"1990000{serial:04}",
    )


def sheet(*serials: int, heading: tuple[str, ...] = FOREIGN) -> bytes:
    return text([heading, *map(foreign, serials)], ("河西街道花名册",))


async def _import(here: Office, content: bytes, **fields: str) -> dict[str, Any]:
    answer = await here.post(content, **fields)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return dict((await finished(here.clerk, answer, here.step)).json())


async def _columns(here: Office, content: bytes, **fields: str) -> dict[str, Any]:
    answer = await here.post(content, "columns", **fields)
    assert answer.status_code == httpx.codes.OK, answer.text
    return dict(answer.json())


async def test_a_foreign_sheet_goes_in_by_a_mapping_which_is_offered_again(service: MakeService) -> None:
    here = await office(service)
    assert (await here.post(sheet(1))).json()["code"] == "import.columns_missing"
    looked = await _columns(here, sheet(1))
    assert (looked["row"], looked["titles"], looked["remembered"]) == (2, list(FOREIGN), None)
    assert looked["sample"][0][1] == "王伟1"
    mapping = json.dumps(MAPPING)
    assert (await here.post(sheet(1), "residents/preview", mapping=mapping)).json()["sound"] == 1
    report = await _import(here, sheet(1), mapping=mapping, remember="true")
    assert (counts(report), report["unknown_columns"]) == ((1, 0, 0, 0), ["No"])
    others = tuple(reversed(FOREIGN))
    reordered = text([others, tuple(reversed(foreign(2)))], ("其他标题",))
    assert (await _columns(here, reordered))["remembered"] is None  # "No" is a title too
    whole = MAPPING | {"No": ""}
    (known,) = (await here.clerk.get("/v1/import-mappings")).json()["items"]
    kept = (await here.clerk.put("/v1/import-mappings", json={"kind": "residents", "columns": whole})).json()
    assert kept["mapping_id"] != known["mapping_id"]
    offered = (await _columns(here, reordered))["remembered"]
    assert (offered["columns"], offered["by"], offered["area_path"]) == (whole, "office-liu", kept["area_path"])
    assert counts(await _import(here, reordered, mapping=json.dumps(offered["columns"]))) == (1, 0, 0, 0)


async def test_a_mapping_is_changed_forgotten_and_kept_from_other_offices(service: MakeService) -> None:
    here = await office(service)
    whole = MAPPING | {"No": ""}
    body = {"kind": "residents", "columns": whole}
    made = (await here.clerk.put("/v1/import-mappings", json=body)).json()
    again = (await here.clerk.put("/v1/import-mappings", json=body | {"columns": whole | {"Call": ""}})).json()
    assert (again["mapping_id"], again["columns"]["Call"]) == (made["mapping_id"], "")
    path = f"/v1/import-mappings/{made['mapping_id']}"
    assert (await here.elsewhere.delete(path)).status_code == httpx.codes.NOT_FOUND
    assert (await here.elsewhere.get("/v1/import-mappings")).json()["items"] == []
    assert (await here.post(sheet(1), "columns", here.elsewhere)).json()["remembered"] is None
    stored = await here.service.database["import_mappings"].find_one({})
    assert "Who" not in stored["columns"]
    assert (await here.clerk.delete(path)).status_code == httpx.codes.NO_CONTENT
    assert (await _columns(here, sheet(1)))["remembered"] is None
    places = {"kind": "places", "columns": {"A": "level", "B": "code", "C": "name"}}
    grid_worker = here.service.client("grid_worker")
    assert (await grid_worker.put("/v1/import-mappings", json=places)).status_code == httpx.codes.FORBIDDEN


async def test_a_mapping_that_cannot_be_meant_is_refused(service: MakeService) -> None:
    here = await office(service)
    for mapping, code in (
        ('{"Who": 3}', "import.mapping_unreadable"),
        ("{", "import.mapping_unreadable"),
        (json.dumps(MAPPING | {"No": "salary"}), "import.mapping_unknown"),
        (json.dumps(MAPPING | {"No": "name"}), "import.columns_repeated"),
        (json.dumps({"Who": "name"}), "import.mapping_lacks"),
        (json.dumps(MAPPING | {"Nowhere": ""}), "import.mapping_misses"),
    ):
        answer = await here.post(sheet(1), mapping=mapping)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await here.post(sheet(1), "columns", heading_row="9")).json()["code"] == "import.no_heading"


def _table(*rows: tuple[str, ...]) -> list[tuple[int, list[Cell]]]:
    return [(number, list(map(Cell, row))) for number, row in enumerate(rows, start=1)]


def test_the_likeliest_heading_has_most_known_titles_and_is_no_title_above_it() -> None:
    table = _table(("花名册",), ("姓名", "", "号"), ("王伟", "x", "1"), ("李娜", "y", "2"))
    likely = guess_heading(table, RESIDENT_COLUMNS)
    assert likely is not None
    assert (likely.row, list(likely.titles.values())) == (2, ["姓名", "号"])
    assert guess_heading(_table(("只有一格",)), RESIDENT_COLUMNS) is None
    named = guess_heading(table, RESIDENT_COLUMNS, 4)
    assert named is not None
    assert list(named.titles.values()) == ["李娜", "y", "2"]


def test_repeated_titles_are_numbered_and_mapped_apart() -> None:
    table = _table(("电话", "姓名", "电话"), ("1", "王伟", "2"))
    assert list(titles_of(table[:1]).values()) == ["电话", "姓名", "电话 (2)"]
    heading = heading_by_hand(table, RESIDENT_COLUMNS, {"电话 (2)": "phone", "姓名": "name"})
    assert heading is not None
    assert (dict(heading.names), heading.unknown, heading.below) == ({1: "name", 2: "phone"}, ["电话"], 1)
