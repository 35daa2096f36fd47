"""Later rosters: what a file leaves out changes nothing, however it writes the rest (R1.3, R1.12)."""

from typing import Any

import pytest

from shared.events.registration import ResidentRegistered
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, HEADING, Office, counts, office, person, text, xlsx
from tests.support.prepared import Prepared
from tests.support.service import ServiceUnderTest

DOOR = f"{COMPOUND}/3/1/801"
AT_HOME = {"building": "3号楼", "unit": "1单元", "room": "801"}


def without(titles: set[str], *rows: list[str]) -> bytes:
    """A workbook without some of the columns."""
    kept = [at for at, title in enumerate(HEADING) if title not in titles]
    return xlsx([[row[at] for at in kept] for row in rows], [HEADING[at] for at in kept])


async def _move_in(service: ServiceUnderTest) -> None:
    here = Office(service)
    await here.define(COMPOUND, "春华1号院")
    await here.imported(person(1, **AT_HOME), person(2, **AT_HOME))


_moved_in = Prepared(_move_in)


async def at_home(service: MakeService) -> Office:
    """An office in whose compound two people live behind one door."""
    return await office(service, _moved_in)


async def door(here: Office, serial: int = 1) -> str:
    return str((await here.find_resident(serial))["area_path"])


@pytest.mark.parametrize("titles", [{"楼栋"}, {"单元"}, {"楼栋", "单元"}])
async def test_a_roster_without_a_column_of_the_door_moves_no_resident(service: MakeService, titles: set[str]) -> None:
    here = await at_home(service)
    before = len(await here.service.emitted())
    report = (await here.send(without(titles, person(1, **AT_HOME), person(2, **AT_HOME)))).json()
    assert counts(report) == (0, 0, 2, 0)
    assert await here.events_since(before) == []
    assert await door(here) == DOOR


async def test_a_room_that_the_stored_door_does_not_have_is_refused_without_its_building(service: MakeService) -> None:
    here = await at_home(service)
    moved = person(1, **AT_HOME | {"room": "802"})
    report = (await here.send(without({"楼栋"}, moved))).json()
    assert counts(report) == (0, 0, 0, 1)
    assert "state the whole door" in report["problems"][0]["problem"]
    assert counts(await here.imported(moved)) == (0, 1, 0, 0)
    assert await door(here) == f"{COMPOUND}/3/1/802"


async def test_a_door_without_units_moves_by_a_roster_without_units(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, building="3号楼", unit="无", room="801"))
    assert await door(here) == f"{COMPOUND}/3/801"
    report = (await here.send(without({"单元"}, person(1, building="5号楼", room="902")))).json()
    assert counts(report) == (0, 1, 0, 0)
    assert await door(here) == f"{COMPOUND}/5/902"


async def test_a_cell_that_may_be_merged_is_refused_for_a_new_resident_and_says_nothing_of_a_known_one(
    service: MakeService,
) -> None:
    here = await at_home(service)
    rows = [person(1, **AT_HOME), person(2, **AT_HOME | {"building": ""}), person(3, **AT_HOME | {"building": ""})]
    report = (await here.send(text(rows))).json()
    assert counts(report) == (0, 0, 2, 1)
    assert "which cells were merged" in report["problems"][0]["problem"]
    rows[2] = person(3, **AT_HOME | {"building": "无"})
    assert counts((await here.send(text(rows))).json()) == (1, 0, 2, 0)


@pytest.mark.parametrize(
    "written",
    [
        {"building": "3", "unit": "1", "room": "801室"},
        {"building": "３号楼", "unit": "１单元", "room": "８０１"},
        {"building": "三号楼", "unit": "一单元", "room": "801\u200b"},
        {"building": "3#", "unit": " 1 单元", "room": "801号"},
        {"building": "3幢", "unit": "1\u3000单元", "room": "801"},
        {"compound": "春华１号院", "building": "3栋"},
    ],
)
async def test_a_door_is_the_same_however_it_is_written(service: MakeService, written: dict[str, str]) -> None:
    here = await at_home(service)
    report = await here.imported(person(1, **AT_HOME | written), person(3, **AT_HOME | written))
    assert counts(report) == (1, 0, 1, 0)
    assert (await here.find_resident(3))["household_id"] == (await here.find_resident(1))["household_id"]


@pytest.mark.parametrize(
    ("column", "first", "written"),
    [
        ("name", "张三", "张\u3000三"),
        ("name", "张三", "\u00a0张三\u200b"),
        ("name", "阿布都·热合曼", "阿布都•热合曼"),
        ("name", "Li Na", "Ｌｉ  Ｎａ"),
        ("phone", "13812345678", "\u202a13812345678\u202c"),
        ("phone", "13812345678", "１３８１２３４５６７８"),
        ("phone", "13812345678", "+86 138-1234-5678"),
        ("phone", "13812345678", "0086 138 1234 5678"),
        ("phone", "02223456789", "(022) 2345-6789"),
        ("card", "TCM-0001", "ｔｃｍ-０００１"),
        ("card", "TCM-0001", " tcm\u2010 0001"),
    ],
)
async def test_the_same_person_written_otherwise_is_unchanged(
    service: MakeService, column: str, first: str, written: str
) -> None:
    here = await office(service)
    await here.imported(person(1, **{column: first}))
    before = len(await here.service.emitted())
    assert counts(await here.imported(person(1, **{column: written}))) == (0, 0, 1, 0)
    assert await here.events_since(before) == []


@pytest.mark.parametrize("name", ["\ue863三", "\U00031350三", "𠮷三", "张三丰" * 20])
async def test_rare_characters_and_long_names_are_accepted(service: MakeService, name: str) -> None:
    here = await office(service)
    assert counts(await here.imported(person(1, name=name))) == (1, 0, 0, 0)
    assert (await here.find_resident(1))["name"] == name


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("张三\n李四", "line break"),
        ("王?", "lost"),
        ("王\ufffd", "lost"),
        ("王\u0007伟", "control character"),
        ("\u200b\u200b", "not visible"),
        ("x" * 61, "more than 60 characters"),
    ],
)
async def test_a_name_that_cannot_be_is_refused_with_its_cause(service: MakeService, name: str, cause: str) -> None:
    here = await office(service)
    report = (await here.send(text([person(1, name=name)]))).json()
    assert (counts(report), report["problems"][0]["column"]) == ((0, 0, 0, 1), "姓名")
    assert cause in report["problems"][0]["problem"]


@pytest.mark.parametrize(
    ("written", "cause"),
    [("1381234567", "11 digits"), ("138123456789", "11 digits"), ("13812345678转8", "7 to 15 digits"), ("x", "digits")],
)
async def test_a_phone_number_that_cannot_be_is_refused_with_its_cause(
    service: MakeService, written: str, cause: str
) -> None:
    here = await office(service)
    report = await here.imported(person(1, phone=written))
    assert cause in report["problems"][0]["problem"]


async def test_the_report_accounts_for_every_row(service: MakeService) -> None:
    here = await office(service)
    rows: list[list[Any]] = [person(1), ["合计"], person(2, name=""), person(3)]
    report = (await here.send(xlsx(rows))).json()
    assert (report["rows"], counts(report)) == (3, (2, 0, 0, 1))
    assert report["skipped"] == [{"first": 3, "last": 3, "reason": "a total"}]


# Cards


async def test_a_card_that_another_person_holds_is_refused(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, card="TCM-0001"))
    before = len(await here.service.emitted())
    report = await here.imported(person(2, card="tcm-0001"), person(3))
    assert counts(report) == (1, 0, 0, 1)
    assert (report["problems"][0]["column"], "another person" in report["problems"][0]["problem"]) == ("卡号", True)
    assert [type(event) for event in await here.events_since(before) if type(event) is not ResidentRegistered][1:] == []


async def test_a_card_that_is_given_up_may_go_to_another_person(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, card="TCM-0001"))
    await here.imported(person(1, card="TCM-0002"))
    assert counts(await here.imported(person(2, card="TCM-0001"))) == (1, 0, 0, 0)
    assert counts(await here.imported(person(3, card="TCM-0002"))) == (0, 0, 0, 1)


async def test_a_card_of_the_time_before_its_holder_was_kept_is_refused_too(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, card="TCM-0001"))
    for name in ("cards", "brought_along"):
        await here.service.database[name].delete_many({})
    here.service.deps.store.cards._filled = False
    assert counts(await here.imported(person(2, card="TCM-0001"))) == (0, 0, 0, 1)


async def test_a_card_twice_in_a_file_belongs_to_the_first(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1, card="TCM-0001"), person(2, card="TCM 0001"), person(3, card="tcm-0001"))
    assert counts(report) == (2, 0, 0, 1)
    assert "earlier row" in report["problems"][0]["problem"]


async def test_a_card_is_passed_on_by_an_act_of_its_own_within_the_area(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, card="TCM-0001"), person(2))
    first, second = [(await here.find_resident(n))["resident_id"] for n in (1, 2)]
    body = {"card": "ｔｃｍ-0001", "reason": "mother and daughter share it"}
    before = len(await here.service.emitted())
    assert (await here.elsewhere.post(f"/v1/residents/{second}/cards", json=body)).status_code == 404
    given = await here.clerk.post(f"/v1/residents/{second}/cards", json=body)
    assert given.status_code == 200, given.text
    passing = given.json()["passings"][-1]
    assert (passing["from_id"], passing["to_id"], passing["by"]) == (first, second, "office-liu")
    assert {event.resident_id: len(event.card_hashes) for event in await here.events_since(before)} == {
        first: 0,
        second: 1,
    }
    listed = await here.clerk.get(f"/v1/residents/{second}/cards")
    assert [item["passings"][0]["reason"] for item in listed.json()["items"]] == [body["reason"]]
    assert (await here.clerk.get(f"/v1/residents/{first}/cards")).json()["items"] == []
    again = await here.clerk.post(f"/v1/residents/{second}/cards", json=body)
    assert len(again.json()["passings"]) == 1
    assert len(await here.events_since(before)) == 2


async def test_a_card_of_a_person_outside_the_area_is_not_passed_on(service: MakeService) -> None:
    here = await office(service)
    other = "/jinhe/hexi/qingshui/c02"
    await here.define(f"{other}/a1/g01/p01", "清水院")
    report = await here.imported(person(1, compound="清水院", card="TCM-0001"), client=here.elsewhere)
    assert counts(report) == (1, 0, 0, 0)
    await here.imported(person(2))
    second = (await here.find_resident(2))["resident_id"]
    body = {"card": "TCM-0001", "reason": "it was found in our yard"}
    refused = await here.clerk.post(f"/v1/residents/{second}/cards", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.card_held")
    assert (await here.city.post(f"/v1/residents/{second}/cards", json=body)).status_code == 200
    bad = await here.clerk.post(f"/v1/residents/{second}/cards", json=body | {"card": "!!!"})
    assert (bad.status_code, bad.json()["code"]) == (400, "registration.bad_card")
