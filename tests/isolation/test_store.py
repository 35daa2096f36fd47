"""Isolation's lists and look-ups read by an index, also on the embedded store."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.isolation.domain.measurements import Slot
from services.isolation.store import INDEXES, Store
from shared.events.isolation import HalfDay
from shared.store.mongo import Database, ensure_indexes
from tests.support.plans import Reads
from tests.support.service import AREA

pytestmark = pytest.mark.store


@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_is_read_by_an_index(database: Database, mongo_url: str, within: str) -> None:
    await ensure_indexes(database, INDEXES)
    slot = Slot(date(2026, 2, 11), HalfDay.MORNING)
    now = datetime(2026, 2, 11, 4, tzinfo=UTC)
    async with Reads(mongo_url, database.name) as reads:
        store = Store(reads.database)
        work: Any = type("NoTransaction", (), {"session": None})()
        for reading in (
            store.cases.get("c"),
            store.open_case("r", work),
            store.case_of_notice("n"),
            store.cases_page(within, True, "", 10),
            store.cases_page(within, False, f"{AREA}|c", 10),
            store.cases_of("r"),
            store.cases_kept_by("k"),
            store.log_page("c", "", 10),
            store.measurement("c", slot, work),
            store.measurements_of("c", "", 10),
            store.missing("c", work),
            store.lasting_cases(["r"]),
            store.additional("c", now, work),
            store.measurements_page(within, slot.day, now, "", 10),
            store.measurements_page(within, slot.day, None, f"{AREA}|c", 10),
        ):
            await reading
        plans = await reads.plans()
    assert len(plans) == (15 if within == "/" else 17)  # an area's cases are read by the old and the new doors
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command
