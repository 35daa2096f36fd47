"""Auditors list the log of acts of their area, learn whether it verifies, and look up whom they ask about."""

from datetime import timedelta
from typing import Any

import pytest

from shared.store.act_log import ACTS, LINKS, log_of
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, OFFICE, Town, isolated
from tests.registration.office import id_number, office
from tests.security.chaining import chained
from tests.support.service import AREA


async def acting(service: MakeService) -> Town:
    """A town where a case was ordered and withdrawn, its acts linked."""
    here = await isolated(service)
    await here.post(here.office, "cancellation", reason="a mistaken order")
    assert await chained(here) == []
    return here


async def listed(here: Town, area: str = AREA, **query: Any) -> list[dict[str, Any]]:
    auditor = here.service.client("auditor", area=area)
    answer = await auditor.get("/v1/acts", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_auditor_lists_the_acts_of_the_area_the_newest_first_and_by_filters(service: MakeService) -> None:
    here = await acting(service)
    rows = await listed(here)
    numbers = [row["number"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert {row["verifies"] for row in rows} == {True}
    assert {row["area_path"] for row in rows} == {AREA}, "a log that is kept for ever names no door"
    (ordered,) = await listed(here, kind="isolation.CaseOpened.v1", subject=here.case_id)
    assert await listed(here, kind="CaseOpened") == [ordered]
    assert (ordered["by"], ordered["kind"]) == (DOCTOR, "isolation.CaseOpened.v1")
    assert {row["by"] for row in await listed(here, by=OFFICE)} == {OFFICE}
    at = here.service.clock.now()
    assert await listed(here, until=at.replace(year=2025).isoformat()) == []
    assert await listed(here, since=at.replace(year=2027).isoformat()) == []
    assert len(await listed(here, since=at.replace(hour=0).isoformat())) == len(rows)
    assert await listed(here, area="/jinhe/hexi") == []


async def test_pages_of_acts_lose_none(service: MakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    here = await acting(service)
    monkeypatch.setattr("shared.store.act_reading.READ_MOST", 3)
    auditor = here.service.client("auditor", area="/")
    seen: list[int] = []
    after = ""
    while after is not None:
        page = (await auditor.get("/v1/acts", params={"limit": 2, "after": after})).json()
        seen += [row["number"] for row in page["items"]]
        after = page["next"]
    assert seen == list(range(len(seen), 0, -1))
    assert len(seen) > 3


async def test_an_entry_that_was_changed_or_deleted_is_marked_and_named(service: MakeService) -> None:
    here = await acting(service)
    log = log_of(here.service.database)
    auditor = here.service.client("auditor", area="/")
    whole = (await auditor.get("/v1/acts/verification")).json()
    assert (whole["faults"], whole["published_holds"]) == ([], True)
    assert whole["verified"] == whole["links"] > 2
    rows = await log[LINKS].find().sort("_id", 1).to_list(None)
    await log[ACTS].update_one({"_id": rows[0]["act"]}, {"$set": {"by": "another"}})
    await log[ACTS].delete_one({"_id": rows[1]["act"]})
    marked = {row["number"]: row["verifies"] for row in await listed(here, area="/")}
    assert [number for number, verifies in sorted(marked.items()) if not verifies] == [1, 2]
    assert (await auditor.get("/v1/acts/verification")).json()["faults"] == [1, 2]
    newest = (await auditor.get("/v1/acts/verification", params={"links": 1})).json()
    assert (newest["verified"], newest["faults"]) == (1, [])


async def test_an_auditor_looks_a_person_up_without_a_phone_and_that_is_recorded(service: MakeService) -> None:
    here = await office(service)
    resident = await here.resident()
    auditor = here.service.client("auditor", area=AREA, subject="auditor-qian")
    for q in (id_number(), resident["name"][:1]):
        (named,) = (await auditor.post("/v1/residents/identify", json={"q": q})).json()["items"]
        assert (named["resident_id"], named["name"], named["phone"]) == (
            resident["resident_id"],
            resident["name"],
            None,
        )
    ids = {"resident_ids": [resident["resident_id"]]}
    (named,) = (await auditor.post("/v1/residents/names", json=ids)).json()["items"]
    assert (named["name"], named["phone"]) == (resident["name"], None)
    other = here.service.client("auditor", area="/jinhe/hexi")
    for q in (id_number(), resident["name"]):
        assert (await other.post("/v1/residents/identify", json={"q": q})).json()["items"] == []
    page = (await auditor.get("/v1/readings", params={"reader": "auditor-qian"})).json()
    assert {(row["kind"], row["purpose"]) for row in page["items"]} == {
        ("names", "audit of readings"),
        ("names", "care of residents"),
        ("search_by_name", "audit of readings"),
    }


async def test_readings_are_listed_by_a_span_of_time(service: MakeService) -> None:
    here = await isolated(service)
    auditor = here.service.client("auditor", area=AREA)
    now = here.service.clock.now() - timedelta(hours=1)

    async def count(**span: Any) -> int:
        return len((await auditor.get("/v1/readings", params={"reader": DOCTOR} | span)).json()["items"])

    there = await count()
    assert there > 0
    assert await count(since=now.isoformat()) == there
    assert await count(until=now.isoformat()) == 0
    assert await count(kind="case") == there
    assert await count(kind="donors") == 0
    assert await count(since=now.replace(year=2027).isoformat()) == 0
