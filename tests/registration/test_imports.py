"""Rosters of residents: good rows in, bad rows named, nothing done twice (R1.3, R1.12)."""

import asyncio
from datetime import date
from typing import Any

import pytest

from shared.base.gate_names import packed
from shared.base.ids import new_id
from shared.events import registration as events
from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND, GRID, HEADING, counts, id_number, office, person, text, xlsx
from tests.support.imports import finished

pytestmark = pytest.mark.store

DOOR = f"{COMPOUND}/1/2/101"


async def test_a_roster_registers_residents_their_households_and_how_they_are_known(service: MakeService) -> None:
    here = await office(service)
    before = len(await here.service.emitted())
    report = await here.imported(
        person(1, categories="独居老人、残疾", card="TCM-0001"), person(2, room="101"), person(3, phone="")
    )
    assert counts(report) == (3, 0, 0, 0)
    assert (await here.clerk.get("/v1/counts")).json() == {"households": 2, "residents": 3}
    file = await here.find_resident(1)
    assert (file["name"], file["phone"], file["area_path"]) == ("王伟1", "19900000001", DOOR)
    assert file["categories"] == ["disabled", "elderly_alone"]
    assert (await here.find_resident(2))["household_id"] == file["household_id"]
    assert (await here.find_resident(3))["phone"] is None
    kinds = [type(event).__name__ for event in await here.events_since(before)]
    assert {kind: kinds.count(kind) for kind in kinds} == {"ResidentRegistered": 3, "ContactPointsChanged": 2}
    (first, *_) = await here.service.emitted(events.ResidentRegistered)
    assert (first.resident_id, first.area_path, first.categories) == (
        file["resident_id"],
        DOOR,
        ("disabled", "elderly_alone"),
    )


async def test_gates_get_the_masked_name_and_the_year_of_birth_sealed_and_again_after_a_change(
    service: MakeService,
) -> None:
    here = await office(service)
    await here.imported(person(1, name="欧阳小伟"))
    await here.imported(person(1, name="欧阳大伟明"))
    (first,) = await here.service.emitted(events.ResidentRegistered)
    (second,) = await here.service.emitted(events.CardsChanged)
    names = here.service.deps.gate_names
    opened = [names.open(packed(one.gate_seal), one.resident_id) for one in (first, second)]
    assert opened == [("欧***", 1980), ("欧****", 1980)]


async def test_a_file_of_an_earlier_version_gets_its_name_for_the_gates_with_the_next_roster(
    service: MakeService,
) -> None:
    here = await office(service)
    await here.imported(person(1))
    await here.service.database["residents"].update_many({}, {"$unset": {"gate_seal": ""}})
    await here.imported(person(1))
    (changed,) = await here.service.emitted(events.CardsChanged)
    assert changed.gate_seal


async def test_the_same_file_twice_changes_nothing_and_publishes_nothing(service: MakeService) -> None:
    here = await office(service)
    roster = xlsx([person(n, categories="残疾", card=f"CARD-{n}") for n in range(1, 6)])
    await here.send(roster)
    before = len(await here.service.emitted())
    stored = await here.service.database["residents"].find().to_list(None)
    assert counts((await here.send(roster)).json()) == (0, 0, 5, 0)
    assert await here.events_since(before) == []
    assert await here.service.database["residents"].find().to_list(None) == stored


@pytest.mark.parametrize(
    ("change", "published"),
    [
        ({"name": "王小伟"}, {"CardsChanged"}),
        ({"phone": "19911112222"}, {"ContactPointsChanged", "ContactReplaced"}),
        ({"categories": "困难家庭"}, {"SpecialCareChanged"}),
        ({"categories": "无"}, {"SpecialCareChanged"}),
        ({"card": "CARD-2"}, {"CardsChanged"}),
        ({"room": "909", "card": "CARD-2", "categories": "无"}, {"ResidentMoved"}),
    ],
)
async def test_a_changed_row_changes_exactly_that(
    service: MakeService, change: dict[str, str], published: set[str]
) -> None:
    here = await office(service)
    row = {"categories": "残疾", "card": "CARD-1"}
    await here.imported(person(1, **row), person(2, **row | {"card": "CARD-9"}))
    first, other = await here.find_resident(1), await here.find_resident(2)
    before = len(await here.service.emitted())
    report = await here.imported(person(1, **row | change), person(2, **row | {"card": "CARD-9"}))
    assert counts(report) == (0, 1, 1, 0)
    emitted = await here.events_since(before)
    assert sorted(type(one).__name__ for one in emitted) == sorted(published)
    assert {getattr(one, "resident_id", None) or one.person_id for one in emitted} <= {first["resident_id"]}
    assert await here.find_resident(2) == other
    assert (await here.imported(person(1, **row | change)))["unchanged"] == 1


async def test_an_empty_cell_or_a_missing_column_changes_nothing(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, categories="残疾", card="CARD-1"))
    first = await here.find_resident(1)
    before = len(await here.service.emitted())
    assert (await here.imported(person(1, categories="", card="", phone="")))["unchanged"] == 1
    short = [cell for cell, title in zip(person(1), HEADING, strict=True) if title not in ("电话", "特殊人群", "卡号")]
    heading = [title for title in HEADING if title not in ("电话", "特殊人群", "卡号")]
    assert (await here.send(xlsx([short], heading))).json()["unchanged"] == 1
    assert await here.find_resident(1) == first
    assert await here.events_since(before) == []


async def test_care_that_the_grid_worker_set_survives_a_roster_that_does_not_speak_of_it(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    worker = here.service.client("grid_worker", area=GRID)
    care = {"categories": ["chronic_disease"], "keeper_id": "volunteer-li"}
    await worker.put(f"/v1/residents/{resident_id}/care", json=care)
    await here.imported(person(1, name="王小伟"))
    file = await here.find_resident(1)
    assert (file["categories"], file["keeper_id"], file["name"]) == (["chronic_disease"], "volunteer-li", "王小伟")


async def test_channels_and_language_survive_a_new_phone_number_in_the_roster(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    reach = {"phone": "19900000001", "language": "en", "urls": {"email": "mailto://a@b.example"}}
    await here.clerk.put(f"/v1/contacts/{resident_id}", json=reach)
    await here.imported(person(1, phone="19922223333"))
    event = (await here.service.emitted(events.ContactPointsChanged))[-1]
    opened = here.service.deps.sealer.open(event.sealed, "contact", event.person_id)
    assert event.language == "en"
    assert "mailto://a@b.example" in opened
    assert "19922223333" in opened


BAD = [
    (person(2, id_number=id_number(2)[:-1] + ("1" if id_number(2)[-1] != "1" else "2")), "身份证号", "check digit"),
    (person(3, id_number=""), "身份证号", "is missing"),
    (person(4, id_number="1.10105194912310E+17"), "身份证号", "lost digits"),
    (person(5, compound="不存在的小区"), "小区", "no single compound"),
    (person(6, compound=""), "小区", "is missing"),
    (person(7, name=""), "姓名", "is missing"),
    (person(8, phone="12345"), "电话", "7 to 15 digits"),
    (person(9, categories="独居老人、超人"), "特殊人群", "unknown special-care category"),
    (person(10, room=""), "房号", "is missing"),
    (person(11, building="3/楼"), "楼栋", "write 3号楼"),
    (person(12, card="!!"), "卡号", "4 to 64"),
]


async def test_each_bad_row_is_named_by_row_and_column_and_the_good_ones_go_in(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1), *(row for row, _, _ in BAD), person(13))
    assert counts(report) == (2, 0, 0, len(BAD))
    assert report["rows"] == len(BAD) + 2
    for at, (problem, (_, column, words)) in enumerate(zip(report["problems"], BAD, strict=True)):
        assert (problem["row"], problem["column"]) == (at + 3, column)
        assert words in problem["problem"]
    assert (await here.clerk.get("/v1/counts")).json()["residents"] == 2


async def test_every_problem_of_a_row_is_named_and_the_row_counts_once(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1, name="", phone="12", id_number="x"), person(2))
    assert counts(report) == (1, 0, 0, 1)
    assert sorted(problem["column"] for problem in report["problems"]) == ["姓名", "电话", "身份证号"]


async def test_a_birth_date_in_the_future_is_refused(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1, id_number=id_number(1, date(2026, 2, 11))))
    assert "in the future" in report["problems"][0]["problem"]
    born_today = await here.imported(person(1, id_number=id_number(1, date(2026, 2, 10))))
    assert born_today["added"] == 1


async def test_a_resident_who_stands_in_the_file_twice_is_taken_once(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1), person(2), person(1, room="999"))
    assert counts(report) == (2, 0, 0, 1)
    assert report["problems"][0]["row"] == 4
    assert "earlier row" in report["problems"][0]["problem"]
    assert (await here.find_resident(1))["area_path"] == DOOR


async def test_no_problem_repeats_what_a_cell_holds(service: MakeService) -> None:
    here = await office(service)
    secret = "李晓红"
    row = person(1, compound=secret, building=f"{secret} 1", phone=secret, categories=secret, card=f"{secret}!")
    assert secret not in str(await here.imported(row))


async def test_a_compound_may_be_named_by_path_code_or_name_unless_two_share_it(service: MakeService) -> None:
    here = await office(service)
    for serial, word in ((1, COMPOUND), (2, "p01"), (3, "春华1号院")):
        assert (await here.imported(person(serial, compound=word)))["added"] == 1
    await here.define(f"{AREA}/a1/g02/p01", "春华1号院")
    report = await here.imported(person(4, compound="p01"), person(5, compound=COMPOUND))
    assert counts(report) == (1, 0, 0, 1)


async def test_a_roster_never_pulls_a_resident_out_of_another_area(service: MakeService) -> None:
    here = await office(service)
    await here.resident()
    await here.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
    before = len(await here.service.emitted())
    row = person(1, compound="清水院")
    report = await here.imported(row, person(2, compound="清水院"), client=here.elsewhere)
    assert counts(report) == (1, 0, 0, 1)
    assert "the office above your area" in report["problems"][0]["problem"]
    assert "registered" not in report["problems"][0]["problem"]
    assert (await here.find_resident(1))["area_path"] == DOOR
    assert not [event for event in await here.events_since(before) if isinstance(event, events.ResidentMoved)]
    assert counts(await here.imported(row, client=here.city)) == (0, 1, 0, 0)
    assert (await here.find_resident(1))["area_path"].startswith("/jinhe/hexi")


async def test_a_clerk_imports_only_into_the_own_area(service: MakeService) -> None:
    here = await office(service)
    worker = here.service.client("grid_worker", area=f"{AREA}/a1/g07")
    report = await here.imported(person(1), client=worker)
    assert counts(report) == (0, 0, 0, 1)
    assert report["problems"][0]["column"] == "小区"


async def test_two_clerks_with_overlapping_files_at_once_register_each_resident_once(service: MakeService) -> None:
    here = await office(service)
    first, second = xlsx([person(n) for n in range(1, 41)]), text([person(n) for n in range(21, 61)])
    other = here.service.client("community", subject="office-li")
    answers = await asyncio.gather(here.send(first), here.send(second), here.send(first, client=other))
    reports = [answer.json() for answer in answers]
    assert sum(report["added"] for report in reports) == 60
    assert sum(report["added"] + report["unchanged"] for report in reports) == 120
    assert len(await here.service.emitted(events.ResidentRegistered)) == 60
    assert (await here.clerk.get("/v1/counts")).json() == {"households": 60, "residents": 60}


async def test_a_report_is_read_again_in_its_area_only(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(person(1, name=""))
    assert (await here.clerk.get(f"/v1/imports/{report['import_id']}")).json() == report
    for client, import_id in ((here.elsewhere, report["import_id"]), (here.clerk, new_id())):
        refused = await client.get(f"/v1/imports/{import_id}")
        assert (refused.status_code, refused.json()["code"]) == (404, "registration.no_such_import")


@pytest.mark.parametrize("role", ["resident", "volunteer", "device", "auditor"])
async def test_who_is_no_staff_imports_nothing(service: MakeService, role: str) -> None:
    here = await office(service)
    answer = await here.send(xlsx([person(1)]), client=here.service.client(role))
    assert (answer.status_code, answer.json()["code"]) == (403, "access.role_missing")


async def test_an_import_of_many_rows_is_stored_in_several_transactions_and_counted_whole(service: MakeService) -> None:
    here = await office(service)
    rows: list[Any] = [person(n, phone="") for n in range(1, 602)]
    rows[300] = person(301, name="")
    assert counts((await here.send(xlsx(rows))).json()) == (600, 0, 0, 1)
    assert counts((await here.send(xlsx(rows))).json()) == (0, 0, 600, 1)


async def test_all_rows_or_none_go_in_where_that_is_asked_for(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(5, card="TCM-0005"))
    before = len(await here.service.emitted())
    good = [person(serial) for serial in (1, 2)]
    for bad in (
        person(3, phone="1"),
        person(2),
        person(3, card="TCM-0005"),
    ):  # alone, in its file, beside what is stored
        answer = await here.post(text([*good, bad]), whole="true")
        assert (answer.status_code, answer.json()["code"]) == (400, "import.bad_rows")
        assert "the first: 4)" in answer.json()["detail"]
        assert "第 4 行" in answer.json()["detail_zh"]
    assert not await here.step()
    assert len(await here.service.emitted()) == before
    for name in ("import_parts", "import_problems", "import_claims", "examinations"):
        assert await here.service.database[name].count_documents({}) == 0, name
    accepted = await here.post(text(good), whole="true")
    assert counts((await finished(here.clerk, accepted, here.step)).json()) == (2, 0, 0, 0)


async def test_a_row_that_another_office_examines_is_asked_for_also_where_all_rows_or_none_go_in(
    service: MakeService,
) -> None:
    here = await office(service)
    await here.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
    await here.imported(person(7, compound="清水院"), client=here.elsewhere)
    accepted = await here.post(text([person(1), person(7)]), whole="true")
    assert counts((await finished(here.clerk, accepted, here.step)).json()) == (1, 0, 0, 1)
    assert await here.service.database["examinations"].count_documents({}) == 1
