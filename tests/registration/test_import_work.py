"""Imports as work: accepted at once, carried out in steps, each row once whatever breaks, seen meanwhile (R1.12)."""

import asyncio
import json
import re
from typing import Any

import pytest

from services.registration.domain import pacing
from services.registration.domain.pacing import Pace
from services.registration.usecases import accepting, applying, import_work
from services.registration.usecases.import_work import STEP, ImportSteps
from shared.base.ids import new_id
from shared.events.registration import PlaceDefined, ResidentRegistered
from shared.store.deadlines import MAX_MISTAKES, Deadline
from shared.store.unit_of_work import AlreadyHandled
from tests.conftest import MakeService
from tests.registration.office import GRID, Office, counts, office, person, text, xlsx
from tests.registration.test_places import PLACES, TREE
from tests.shared.crashes import Crash, crashing
from tests.support.service import MORNING

TWO = 2


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has each step take two rows."""
    for name in ("LEAST", "MOST"):
        monkeypatch.setattr(pacing, name, TWO)
    monkeypatch.setattr(pacing, "FIRST", Pace(TWO, pacing.FIRST.rest))
    monkeypatch.setattr(accepting, "ROWS_A_PART", TWO)
    monkeypatch.setattr(import_work, "ROWS_A_PART", TWO)


def people(first: int, last: int) -> bytes:
    return text([person(serial) for serial in range(first, last + 1)])


async def accepted(here: Office, content: bytes, **options: Any) -> dict[str, Any]:
    answer = await here.post(content, **options)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def read_import(here: Office, import_id: str) -> dict[str, Any]:
    return dict((await here.city.get(f"/v1/imports/{import_id}")).json())


async def step(here: Office) -> None:
    """Carry out one step, as a process does that has rested and in which no lease of a dead one runs any more."""
    await here.service.database["deadlines"].update_many({}, {"$set": {"leased_until": MORNING}})
    here.service.parts.deadlines[STEP]._rests_until = 0.0  # type: ignore[attr-defined]
    assert await here.step()


async def left(here: Office) -> list[int]:
    """How many documents are left of imports that are not finished."""
    return [await here.service.database[name].count_documents({}) for name in ("import_parts", "import_claims")]


async def registered(here: Office) -> int:
    return int(await here.service.database["residents"].count_documents({}))


async def test_a_roster_is_accepted_with_the_problems_of_the_file_and_carried_out_later(service: MakeService) -> None:
    here = await office(service)
    answer = await here.post(xlsx([person(1), person(2, name=""), person(1)]), name="春华社区花名册(2月).xlsx")
    first = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/imports/{first['import_id']}")
    assert (first["kind"], first["state"], first["file"]) == ("residents", "waiting", "春华社区花名册(2月).xlsx")
    assert (first["rows"], first["handled"], counts(first)) == (3, 2, (0, 0, 0, 2))
    assert [(problem["row"], problem["column"]) for problem in first["problems"]] == [(3, "姓名"), (4, "身份证号")]
    assert (first["accepted_at"], first["finished_at"]) == ("2026-02-10T01:00:00Z", None)
    assert (await here.clerk.get(answer.headers["location"])).json() == first
    await step(here)
    done = await read_import(here, first["import_id"])
    assert (done["state"], done["handled"], counts(done)) == ("done", 3, (1, 0, 0, 2))
    assert (done["problems"], done["finished_at"]) == (first["problems"], "2026-02-10T01:00:00Z")


async def test_a_roster_without_a_good_row_is_done_at_once(service: MakeService) -> None:
    here = await office(service)
    done = await accepted(here, xlsx([person(1, name=""), person(2, phone="1")]))
    assert (done["state"], done["handled"], counts(done)) == ("done", 2, (0, 0, 0, 2))
    assert await left(here) == [0, 0]
    assert not await here.step()


@pytest.mark.usefixtures("small_steps")
async def test_progress_is_seen_step_by_step_and_nothing_that_waits_is_left_at_the_end(service: MakeService) -> None:
    here = await office(service)
    import_id = (await accepted(here, people(1, 5)))["import_id"]
    assert await left(here) == [3, 1]
    for state, handled, parts in (("running", 2, [2, 1]), ("running", 4, [1, 1]), ("done", 5, [0, 0])):
        await step(here)
        now = await read_import(here, import_id)
        assert (now["state"], now["handled"], now["added"], await registered(here)) == (state, *3 * [handled])
        assert await left(here) == parts
    assert not await here.step()


@pytest.mark.usefixtures("small_steps")
async def test_rows_that_wait_are_sealed(service: MakeService) -> None:
    here = await office(service)
    await accepted(here, people(1, 6))
    await step(here)
    kept = ("import_parts", "import_claims", "import_problems", "imports", "deadlines")
    raw = [await here.service.database[name].find().to_list(None) for name in kept]
    assert len(raw[0]) == 2
    written = json.dumps(raw, default=str, ensure_ascii=False)
    for row in (person(serial) for serial in range(1, 7)):
        for secret in (row[4], row[5], row[6], row[0], "2单元"):
            assert secret not in written


@pytest.mark.usefixtures("small_steps")
async def test_a_tree_is_imported_over_several_steps_upper_places_first(service: MakeService) -> None:
    here = await office(service)
    before = len(await here.service.emitted(PlaceDefined))
    rows = [*TREE, ("网格", "g01", "网格", "/jinhe/nowhere"), ("村", "v01", "新名", "/jinhe/hexi/qingshui/c02")]
    report = (await here.send(xlsx(rows, PLACES), "places", here.city)).json()
    assert (report["kind"], report["state"], counts(report)) == ("places", "done", (4, 1, 0, 1))
    assert [problem["row"] for problem in report["problems"]] == [6]
    defined = (await here.service.emitted(PlaceDefined))[before:]
    assert [place.name for place in defined] == ["河西区", "清水街道", "清水社区", "清水村", "新名"]


async def test_an_import_whose_id_the_caller_chose_is_the_same_also_after_its_end(service: MakeService) -> None:
    here, chosen = await office(service), new_id()
    answers = await asyncio.gather(*(here.post(people(1, 2), import_id=chosen) for _ in range(2)))
    assert {answer.json()["import_id"] for answer in answers} == {chosen}
    await step(here)
    again = await accepted(here, people(1, 2), import_id=chosen)
    assert (again["import_id"], again["state"], counts(again)) == (chosen, "done", (2, 0, 0, 0))
    for other in (
        await here.post(people(1, 3), import_id=chosen),
        await here.post(people(1, 2), client=here.city, import_id=chosen),
    ):
        assert (other.status_code, other.json()["code"]) == (409, "registration.import_id_taken")
    assert (await here.post(people(1, 2), import_id="mine")).status_code == 422


@pytest.mark.usefixtures("small_steps")
async def test_the_same_file_again_is_the_same_import_until_that_is_finished(service: MakeService) -> None:
    here = await office(service)
    roster = people(1, 4)
    answers = await asyncio.gather(*(here.post(roster) for _ in range(3)))
    first, *others = [answer.json()["import_id"] for answer in answers]
    assert others == [first, first]
    await step(here)
    again = await accepted(here, roster)
    assert (again["import_id"], again["handled"]) == (first, 2)
    colleague = here.service.client("community", subject="office-li")
    assert (await accepted(here, roster, client=colleague))["import_id"] != first
    await step(here)
    assert (await read_import(here, first))["state"] == "done"
    assert (await accepted(here, roster))["import_id"] != first


@pytest.mark.usefixtures("small_steps")
async def test_imports_are_carried_out_one_after_the_other_the_oldest_first(service: MakeService) -> None:
    here = await office(service)
    waiting = []
    for at in range(3):
        waiting.append((await accepted(here, people(4 * at + 1, 4 * at + 4)))["import_id"])
        here.service.clock.advance(pacing.AIM)
    seen = []
    for _ in range(6):
        await step(here)
        seen.append([(await read_import(here, import_id))["handled"] for import_id in waiting])
    assert seen == [[2, 0, 0], [4, 0, 0], [4, 2, 0], [4, 4, 0], [4, 4, 2], [4, 4, 4]]


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("after", [False, True], ids=["before the wait is over", "after it"])
async def test_a_crash_at_any_moment_neither_loses_nor_repeats_a_row(service: MakeService, after: bool) -> None:
    here = await office(service)
    at, crashed = 0, True
    while crashed:
        at += 1
        import_id = (await accepted(here, people(4 * at - 3, 4 * at)))["import_id"]
        try:
            await crashing(here.step(), at, after=after)
            crashed = False
        except Crash:
            pass
        now = await read_import(here, import_id)
        assert await registered(here) == 4 * at - 4 + now["handled"], f"after a crash at {at}"
        assert now["handled"] in (0, 2)
        while (await read_import(here, import_id))["state"] != "done":
            await step(here)
        done = await read_import(here, import_id)
        assert (counts(done), await registered(here)) == ((4, 0, 0, 0), 4 * at), f"after a crash at {at}"
        assert await left(here) == [0, 0]
    assert at > 15  # claim, import, parts, residents, effects, progress, parts, deadline, commit
    assert len(await here.service.emitted(ResidentRegistered)) == 4 * at


@pytest.mark.usefixtures("small_steps")
async def test_of_processes_that_carry_out_the_same_step_one_has_the_effect(service: MakeService) -> None:
    here = await office(service)
    import_id = (await accepted(here, people(1, 6)))["import_id"]
    (row,) = await here.service.database["deadlines"].find({"subject": import_id}).to_list(None)
    deadline = Deadline(row["_id"], STEP, import_id, row["due_at"], row["payload"])
    work = [ImportSteps()(here.service.deps, deadline) for _ in range(3)]
    done = await asyncio.gather(*work, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["AlreadyHandled", "AlreadyHandled", "timedelta"]
    with pytest.raises(AlreadyHandled):  # comes even later
        await ImportSteps()(here.service.deps, deadline)
    assert ((await read_import(here, import_id))["handled"], await registered(here)) == (2, 2)


@pytest.mark.usefixtures("small_steps")
async def test_an_import_that_meets_a_mistake_of_ours_fails_in_the_end_and_keeps_what_is_stored(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await office(service)
    original = applying._resident

    def mistaken(deps: Any, entry: Any) -> Any:
        return original(deps, entry if entry.row != 5 else None)

    monkeypatch.setattr(applying, "_resident", mistaken)
    roster = people(1, 6)
    import_id = (await accepted(here, roster))["import_id"]
    for _ in range(MAX_MISTAKES):
        assert (await read_import(here, import_id))["state"] in ("waiting", "running")
        await step(here)
    await step(here)
    failed = await read_import(here, import_id)
    assert (failed["state"], failed["handled"], failed["added"], await registered(here)) == ("failed", 2, 2, 2)
    assert "Row 4 and those behind it were not stored" in failed["failure"]
    for path in (f"/v1/imports/{import_id}", "/v1/imports"):
        chinese = (await here.clerk.get(path, headers={"Accept-Language": "zh"})).json()
        one = chinese["items"][0] if "items" in chinese else chinese
        assert one["failure"] == "系统错误，第 4 行及其后各行没有入库：请将导入编号告知运维人员"
    assert failed["finished_at"] is not None
    assert await left(here) == [0, 0]
    assert not await here.step()
    monkeypatch.setattr(applying, "_resident", original)
    assert counts((await here.send(roster)).json()) == (4, 0, 2, 0)


async def test_an_import_whose_rows_were_removed_fails_with_what_to_do(service: MakeService) -> None:
    here = await office(service)
    import_id = (await accepted(here, people(1, 3)))["import_id"]
    await here.service.database["import_parts"].delete_many({})  # as the store does after a week
    await step(here)
    failed = await read_import(here, import_id)
    assert (failed["state"], failed["failure"]) == (
        "failed",
        "The rows waited for too long and were removed: send it again",
    )
    chinese = (await here.clerk.get(f"/v1/imports/{import_id}", headers={"Accept-Language": "zh"})).json()
    assert re.search("[\u4e00-\u9fff]", chinese["failure"])
    assert " · " not in chinese["failure"]


async def test_an_import_acts_for_its_clerk_as_of_its_acceptance(service: MakeService) -> None:
    here = await office(service)
    await here.resident(1)
    await here.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
    rows = [person(1, compound="清水院"), person(2, compound="清水院")]
    report = (await here.send(text(rows), client=here.elsewhere)).json()
    assert counts(report) == (1, 0, 0, 1)
    assert "the office above your area" in report["problems"][0]["problem"]
    assert "registered" not in report["problems"][0]["problem"]


async def test_the_imports_of_an_area_are_listed_the_newest_first_and_by_pages(service: MakeService) -> None:
    here = await office(service)
    made = [(await accepted(here, people(serial, serial)))["import_id"] for serial in range(1, 6)]
    worker = here.service.client("grid_worker", area=GRID)
    assert (await worker.get("/v1/imports")).json() == {"items": [], "next": None}
    assert (await here.elsewhere.get("/v1/imports")).json()["items"] == []
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await here.clerk.get("/v1/imports", params={"after": after, "limit": 2})).json()
        listed += [one["import_id"] for one in page["items"]]
        assert all("problems" not in one for one in page["items"])
        after = page["next"]
    assert listed == made[::-1]
    everything = [one["import_id"] for one in (await here.city.get("/v1/imports")).json()["items"]]
    assert everything[:5] == listed
    assert len(everything) == 6  # the tree of the city's office itself
    assert (await here.service.client("resident").get("/v1/imports")).json()["code"] == "access.role_missing"


async def test_a_roster_that_is_wrong_as_a_whole_is_refused_at_once_and_leaves_nothing(service: MakeService) -> None:
    here = await office(service)
    for content, code in ((b" ", "import.empty"), (b"a,b\n1,2\n", "import.columns_missing")):
        refused = await here.post(content)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert (await here.clerk.get("/v1/imports")).json()["items"] == []
    assert await left(here) == [0, 0]
