"""What processes report of themselves, and what is read of it."""

from datetime import timedelta

from shared.base.clock import machine_time
from shared.store.mongo import Database
from shared.store.processes import PROCESSES, SILENT_AFTER, Processes, product_version, reports_in


async def test_each_process_reports_its_version_its_work_and_what_it_lacks(database: Database) -> None:
    async def checks() -> dict[str, bool]:
        return {"store": True, "consumers": False}

    first, second = Processes(database, "api", checks), Processes(database, "worker", checks)
    for process in (first, second, first):
        await process.report()
    reports = await reports_in(database)
    assert sorted(one.role for one in reports) == ["api", "worker"]
    assert {(one.version, one.missing, one.is_silent) for one in reports} == {
        (product_version(), ("consumers",), False)
    }


async def test_a_process_that_does_not_report_any_more_is_silent(database: Database) -> None:
    async def checks() -> dict[str, bool]:
        return {}

    await Processes(database, "all", checks).report()
    long_ago = machine_time() - SILENT_AFTER - timedelta(seconds=1)
    await database[PROCESSES].update_one({}, {"$set": {"seen_at": long_ago}})
    (report,) = await reports_in(database)
    assert report.is_silent
