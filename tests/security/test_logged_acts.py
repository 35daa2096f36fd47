"""What decides about people and who reads of them is logged, and a reading that was tampered with is named."""

import asyncio
from datetime import timedelta

import pytest

from deploy.audit.act_log import verify
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.events.isolation import LogHeadPublished
from shared.outbox.chaining import Chaining
from shared.store import act_log
from shared.store.act_chain import FIRST_HASH
from shared.store.act_log import ACTS, log_of
from shared.web.disclosures import Disclosures
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, OFFICE, ZONE, isolated, town
from tests.security.chaining import begin_on, chained, faults
from tests.support.service import MORNING


async def test_a_case_s_steps_and_readings_are_logged_with_who_did_them_and_without_names(
    service: MakeService,
) -> None:
    here = await isolated(service)
    await here.post(here.office, "cancellation", reason="张三填报有误")
    database = here.service.database
    rows = await log_of(database)[ACTS].find().to_list(None)
    steps = [(row["kind"], row["subject"], row["by"]) for row in rows if row["kind"].startswith("isolation.")]
    assert ("isolation.CaseOpened.v1", here.case_id, DOCTOR) in steps
    assert ("isolation.CaseCancelled.v1", here.case_id, OFFICE) in steps
    assert {row["subject"] for row in rows if row["kind"] == act_log.READING} == {here.resident_id}
    assert "张三" not in str(rows)
    assert await chained(here) == []


@pytest.mark.parametrize("done", ["changed", "deleted", "put in", "put in as if it were old"])
async def test_a_reading_that_was_changed_deleted_or_put_in_is_named(service: MakeService, done: str) -> None:
    here = await isolated(service)
    await here.office.get(f"/v1/cases/{here.case_id}")
    assert await chained(here) == []
    readings = here.service.database["readings"]
    row = await readings.find_one({"reader": OFFICE})
    assert row
    if done == "changed":
        await readings.update_one({"_id": row["_id"]}, {"$set": {"reader": "office-wang"}})
    elif done == "deleted":
        await readings.delete_one({"_id": row["_id"]})
    else:
        row |= {"_id": new_id()}
        if done != "put in":
            del row["subject_area"]
            row["at"] += timedelta(days=2)
        await readings.insert_one(row)
    (fault,) = await faults(here.service.database)
    assert row["_id"] in fault


async def test_two_processes_that_record_the_same_readings_record_each_once(service: MakeService) -> None:
    """Recorders make the same reading of a passage that the bus delivers to both."""
    here = await town(service)
    database = here.service.database
    row = {"kind": "gate_name", "reader": "d", "reader_area": "/jinhe", "subject": "s", "purpose": "p", "at": MORNING}
    rows = [row | {"_id": new_id(), "subject_area": "/jinhe"} for _ in range(3)]
    both = [Disclosures(database, FixedClock(MORNING), begin_on(database)) for _ in range(4)]
    await asyncio.gather(*(one.record_each([dict(row) for row in rows]) for one in both))
    assert await database["readings"].count_documents({}) == 3
    assert await chained(here) == []


async def test_readings_from_before_the_log_are_no_fault(service: MakeService) -> None:
    here = await isolated(service)
    old = {"_id": new_id(), "kind": "case", "reader": "x", "reader_area": "/jinhe", "subject": "s", "purpose": "p"}
    await here.service.database["readings"].insert_one(old | {"at": MORNING - timedelta(days=30)})
    assert await chained(here) == []


async def test_the_head_is_published_once_a_day_also_by_two_processes(service: MakeService) -> None:
    here = await town(service)
    database, clock = here.service.database, here.service.clock
    both = [Chaining(database, begin_on(database), clock, ZONE, LogHeadPublished) for _ in range(2)]
    await here.order()
    for one in both:
        await one.turn()
        await one._lease.release()
    (head,) = await here.service.emitted(LogHeadPublished)
    assert (head.number, head.hash) == await both[0].chain.head() != (0, FIRST_HASH)
    assert head.day.isoformat() == "2026-02-10"
    await here.office.get(f"/v1/cases/{here.case_id}")
    clock.advance(timedelta(days=1))
    for one in both:
        await one.turn()
        await one._lease.release()
    assert [one.number > head.number for one in await here.service.emitted(LogHeadPublished)] == [False, True]
    assert (await verify(database, await here.service.emitted(LogHeadPublished))).faults == []
