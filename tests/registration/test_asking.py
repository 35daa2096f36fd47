"""The one search box: what a text is taken for, and the residents whom it asks for."""

import json
from functools import partial
from typing import Any

import pytest

from services.registration.domain import asked, pinyin
from services.registration.domain.asked import Kind
from services.registration.store.search_parts import PART
from services.registration.usecases import asking, hashes_brought, names, numbers, phones, search_hashes
from shared.base import id_numbers
from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, Office, id_number, office, person
from tests.support.prepared import Prepared
from tests.support.service import AREA, ServiceUnderTest

NAMES = ["曾小明", "单雄信", "解晓东", "仇英", "查良镛", "王小明", "阿依古丽·买买提", "吕布", "Zhang San", "王乐"]
PLATE = "津A12345"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("曾小明", ["zeng", "zengxiaoming", "zxm", "zx", "Zeng Xiao-Ming", "zēng", "zengxiaom"]),
        ("单雄信", ["shan", "sxx"]),
        ("解晓东", ["xie", "xxd"]),
        ("仇英", ["qiu", "qy"]),
        ("查良镛", ["zha", "zly"]),
        ("任平", ["renping"]),
        ("吕布", ["lv", "lü", "lyubu", "Lǚ Bù"]),
        ("欧阳修", ["ouyangx", "oyx"]),
        ("尉迟恭", ["yuchi", "ycg"]),
        ("宁静", ["ning"]),
        ("覃辉", ["qinhui", "tanhui"]),
        ("王乐", ["wangle", "wangyue"]),
        ("阿依古丽·买买提", ["ayiguli", "aygl", "maimaiti", "mmt"]),
        ("Zhang San", ["zhangs", "zs", "san"]),
    ],
)
def test_a_name_is_known_by_its_pinyin_and_its_initials(name: str, typed: list[str]) -> None:
    for one in typed:
        text = pinyin.letters(one)
        assert pinyin.key_of(text) in pinyin.keys(name), one
        assert pinyin.matches(name, text), one


@pytest.mark.parametrize(("name", "typed"), [("曾小明", "ceng"), ("单雄信", "dan"), ("王小明", "wxh"), ("吕布", "lu")])
def test_a_name_is_not_known_by_readings_that_it_does_not_have(name: str, typed: str) -> None:
    assert not pinyin.matches(name, typed)


def test_a_name_has_few_keys_however_many_readings_its_characters_have() -> None:
    assert len(pinyin.keys("曾小明")) == 8
    assert len(pinyin.keys("乐乐乐乐")) < 40
    assert pinyin.keys("") == ()


@pytest.mark.parametrize(
    ("typed", "kinds", "text"),
    [
        ("王伟", ["name"], "王伟"),
        ("阿依古丽·买买提", ["name"], "阿依古丽买买提"),
        ("Wang Xiao Ming", ["pinyin"], "wangxiaoming"),
        ("wxm", ["pinyin"], "wxm"),
        ("lü", ["pinyin"], "lv"),
        ("5678", ["last_four"], "5678"),
        ("002x", ["last_four"], "002X"),
        ("５６７８", ["last_four"], "5678"),
        ("+86 138-1234-5678", ["phone", "paper"], "13812345678"),
        ("0571-87654321", ["phone", "paper"], "057187654321"),
        ("87654321", ["phone", "paper"], "87654321"),
        ("11010519491231002x", ["id_number", "paper"], "11010519491231002X"),
        ("110105491231002", ["id_number", "paper"], "11010519491231002X"),
        ("e12345678", ["paper"], "E12345678"),
        ("H 1234 5678", ["paper"], "H12345678"),
        ("3-2-501", ["door", "name"], "3-2-501"),
        ("12-2-1101", ["door", "name"], "12-2-1101"),
        ("3号楼2单元501", ["door", "name"], "3号楼2单元501"),
        ("三号楼", ["door", "name"], "三号楼"),
        ("春华1号院3-2-501", ["door", "name"], "春华1号院3-2-501"),
        ("津A·12345", ["plate"], "津A12345"),
        ("津 ad12345", ["plate"], "津AD12345"),
        ("", ["name"], ""),
        ("·", ["name"], ""),
    ],
)
def test_a_text_is_taken_for_what_its_form_says(typed: str, kinds: list[str], text: str) -> None:
    assert asked.read(typed) == (tuple(map(Kind, kinds)), text)


def test_a_number_of_the_old_form_is_that_of_the_new_one() -> None:
    assert id_numbers.whole("110105491231002") == "11010519491231002X"
    for number in ("11010519491231002X", "13812345678", "", "010105491231002"):
        assert id_numbers.whole(number) == number


async def _register(service: ServiceUnderTest) -> list[str]:
    """Import a resident of each name, the sixth with a journey by car; return their ids in that order."""
    here = Office(service)
    await here.define(COMPOUND, "春华1号院")
    await here.imported(*(person(n, name=name) for n, name in enumerate(NAMES, start=1)))
    listed = (await here.clerk.get("/v1/residents", params={"sort": "registered"})).json()["items"]
    ids = [item["resident_id"] for item in listed]
    journey = {"journey_id": new_id(), "resident_id": ids[5], "origin_region": "hubei/wuhan", "plate": PLATE}
    days = {"departs_on": "2026-02-12", "arrives_on": "2026-02-13"}
    answer = await here.clerk.post("/v1/journeys", json=journey | days)
    assert answer.status_code < 300, answer.text
    return ids


_registered = Prepared(_register)


async def people(service: MakeService) -> tuple[Office, list[str]]:
    here = await office(service, _registered)
    return here, here.prepared


async def look_up(here: Office, text: str, client: Any = None, limit: int = 50) -> tuple[list[str], list[str]]:
    """Return the ids of all pages, and by what they were looked up."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        body = {"text": text, "cursor": cursor, "limit": limit}
        answer = await (client or here.clerk).post("/v1/residents/look-up", json=body)
        assert answer.status_code == 200, answer.text
        ids += [item["resident_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if cursor is None:
            return ids, answer.json()["looked_for"]


async def test_residents_are_looked_up_by_whatever_a_clerk_types(service: MakeService) -> None:
    here, ids = await people(service)
    for text, wanted, kind in (
        ("曾", [0], "name"),
        ("王小", [5], "name"),
        ("买买提", [6], "name"),
        ("阿依古丽·买", [6], "name"),
        ("zeng", [0], "pinyin"),
        ("qy", [3], "pinyin"),
        ("wxm", [5], "pinyin"),
        ("wangxiaoming", [5], "pinyin"),
        ("wangxiaom", [5], "pinyin"),
        ("ceng", [], "pinyin"),
        ("mmt", [6], "pinyin"),
        ("zhang san", [8], "pinyin"),
        (id_number(3)[-4:], [2], "last_four"),
        ("0004", [3], "last_four"),
        ("19900000005", [4], "phone"),
        (id_number(1), [0], "id_number"),
        (id_number(1)[:6] + id_number(1)[8:17], [0], "id_number"),
        ("1-2-101", [0], "door"),
        ("津a 12345", [5], "plate"),
        ("鄂A12345", [], "plate"),
    ):
        matching, looked_for = await look_up(here, text)
        assert (matching, looked_for[-1]) == ([ids[n] for n in wanted], kind), text
        assert (await look_up(here, text, here.elsewhere))[0] == []


async def test_an_answer_has_name_door_the_end_of_the_number_and_phone_and_each_reading_is_recorded(
    service: MakeService,
) -> None:
    here, ids = await people(service)
    answer = (await here.clerk.post("/v1/residents/look-up", json={"text": "zxm"})).json()
    (item,) = answer["items"]
    assert item["name"] == "曾小明"
    assert item["door"] == "春华1号院 1-2-101"
    assert item["masked_number"] == "*" * 14 + id_number(1)[-4:]
    assert item["phone"] == "19900000001"
    rows = await here.service.database["readings"].find().to_list(None)
    kinds = {row["kind"]: row["subject"] for row in rows}
    assert (kinds["names"], "search_by_pinyin" in kinds) == (ids[0], True)
    text = json.dumps(rows, default=str, ensure_ascii=False)
    assert "zxm" not in text


async def test_four_digits_are_the_end_of_a_phone_or_of_a_number_page_by_page(service: MakeService) -> None:
    here, ids = await people(service)
    end = id_number(2)[-4:]
    change = await here.clerk.put(f"/v1/contacts/{ids[9]}", json={"phone": f"1380000{end}" if end.isdigit() else ""})
    assert change.status_code < 300
    wanted = {ids[1], ids[9]} if end.isdigit() else {ids[1]}
    for limit in (1, 2, 50):
        matching, _ = await look_up(here, end, limit=limit)
        assert (set(matching), len(matching)) == (wanted, len(wanted))


async def test_a_text_of_the_form_of_a_door_may_be_a_name(service: MakeService) -> None:
    here, ids = await people(service)
    await here.imported(person(1, name="曾小明1"))
    assert await look_up(here, "曾小明1") == (ids[:1], ["name"])
    assert await look_up(here, "曾小明1-") == ([], ["door", "name"])


async def test_pages_of_a_longer_text_hold_those_who_fit_alone(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = await people(service)
    monkeypatch.setattr(asking, "PART", 2)
    await here.imported(*(person(n, name=f"张三丰{'甲乙'[n % 2]}") for n in range(20, 30)))
    matching, _ = await look_up(here, "张三丰甲", limit=2)
    assert len(matching) == len(set(matching)) == 5


async def test_a_text_that_asks_for_nothing_is_refused(service: MakeService) -> None:
    here = await office(service)
    for text in (" ", "·"):
        answer = await here.clerk.post("/v1/residents/look-up", json={"text": text})
        assert (answer.status_code, answer.json()["code"]) == (400, "registration.search_empty")


async def test_files_get_the_hashes_of_another_key_while_those_of_the_former_one_are_looked_up(
    service: MakeService,
) -> None:
    here, ids = await people(service)
    deps = here.service.deps
    former = deps.search_keys
    await here.service.database["plates"].delete_many({})
    object.__setattr__(deps, "search_keys", (b"n" * 32, *former))
    texts = ("wxm", "王小", "0006", id_number(6)[-4:])
    for text in texts:
        assert (await look_up(here, text))[0] == [ids[5]], text
    await hashes_brought.bring_along(deps)
    object.__setattr__(deps, "search_keys", (b"n" * 32,))
    for text in (*texts, PLATE):
        assert (await look_up(here, text))[0] == [ids[5]], text
    object.__setattr__(deps, "search_keys", former)
    assert await look_up(here, "wxm") == ([], ["pinyin"])


async def test_a_file_of_an_earlier_version_is_looked_up_before_and_after_it_is_brought_along(
    service: MakeService,
) -> None:
    here, ids = await people(service)
    deps, files = here.service.deps, here.service.database["residents"]
    whole = partial(search_hashes.whole_hash_of, deps)
    with pytest.MonkeyPatch.context() as patch:
        for module in (names, numbers, phones):
            patch.setattr(module, "hash_of", search_hashes.whole_hash_of)
        former = names.name_hashes(deps, NAMES[0])
        ends = numbers.number_hashes(deps, id_number(1)), phones.phone_hashes(deps, "19900000001")
    hashes = {"name_hashes": former, "number_hashes": ends[0], "phone_hashes": ends[1]}
    assert whole(names.NAME, "曾") in former
    await files.update_one({"_id": ids[0]}, {"$set": hashes, "$unset": {PART: 1}})
    texts = ("曾", "zeng", "zxm", "zengxiaom", id_number(1)[-4:], "19900000001")
    for text in texts:
        for limit in (1, 50):
            assert ids[0] in (await look_up(here, text, limit=limit))[0], text
    await hashes_brought.bring_along(deps)
    stored = await files.find_one({"_id": ids[0]})
    assert stored is not None
    assert stored[PART] == "/".join(AREA.split("/")[:4])
    assert not set(stored["name_hashes"]) & set(former)
    for text in texts:
        assert ids[0] in (await look_up(here, text))[0], text


async def test_a_name_is_looked_up_in_all_parts_of_the_city_in_the_order_of_the_doors(service: MakeService) -> None:
    here, _ = await people(service)
    streets = [f"/jinhe/hedong/s{n:02}" for n in (1, 2, 10, 11, 12, 13)] + ["/jinhe/hedong/s1-a"]
    for n, street in enumerate(streets):
        await here.define(
            f"{street}/c01/a1/g01/p{n}",
            f"{n}号大院",
        )
        rows = [person(100 + 10 * n + m, name="卓文君", compound=f"{n}号大院") for m in range(3)]
        await here.imported(*rows, client=here.city)
    for text in ("卓", "卓文君", "zwj", "zhuowenjun", "zhuow"):
        wanted, _ = await look_up(here, text, here.city)
        assert len(set(wanted)) == 3 * len(streets)
        for limit in (1, 4, 7):
            assert (await look_up(here, text, here.city, limit))[0] == wanted, (text, limit)
    doors = [(await here.service.database["residents"].find_one({"_id": one}) or {})["area_path"] for one in wanted]
    assert doors == sorted(doors)
    for sort in ("door", "registered", "-registered"):
        pages, after = [], ""
        while after is not None:
            query = {"q": "卓文", "sort": sort, "limit": 4, "after": after}
            answer = await here.city.get("/v1/residents", params=query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            pages += [item["resident_id"] for item in page["items"]]
            after = page["next"]
        assert sorted(pages) == sorted(wanted), sort
        if sort == "door":
            assert pages == wanted


async def test_hashes_are_in_no_event(service: MakeService) -> None:
    here, _ = await people(service)
    rows = await here.service.database["residents"].find().to_list(None)
    hashes = {one for row in rows for name in ("name_hashes", "phone_hashes", "number_hashes") for one in row[name]}
    events = repr(await here.service.emitted())
    assert len(hashes) > len(NAMES)
    assert not [one for one in hashes if one in events]
