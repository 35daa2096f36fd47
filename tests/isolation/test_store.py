"""Isolation's lists and look-ups read by an index, also on the embedded store."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.isolation.domain.filters import CaseFilter
from services.isolation.domain.measurements import Slot
from services.isolation.store import INDEXES, Store
from shared.events.isolation import CaseState, HalfDay
from shared.store.mongo import Database, ensure_indexes
from tests.support.plans import Reads
from tests.support.sealers import SEALER
from tests.support.service import AREA, MORNING

pytestmark = pytest.mark.store

NARROW = CaseFilter(keeper_id="k", ends_until=date(2026, 2, 20), mine="me", second="me")
AFTER = '["2026-02-11", "c", false]'


@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_is_read_by_an_index(database: Database, mongo_url: str, within: str) -> None:
    await ensure_indexes(database, INDEXES)
    slot = Slot(date(2026, 2, 11), HalfDay.MORNING)
    now = datetime(2026, 2, 11, 4, tzinfo=UTC)
    async with Reads(mongo_url, database.name) as reads:
        store = Store(reads.database, SEALER)
        work: Any = type("NoTransaction", (), {"session": None})()
        for reading in (
            store.cases.get("c"),
            store.open_case("r", work),
            store.case_of_notice("n"),
            store.cases_page(within, CaseFilter(), "door", "", 10),
            store.cases_page(within, CaseFilter(only_open=False), "door", f"{AREA}|c", 10),
            *(
                store.cases_page(within, CaseFilter(only_open=only), "-ends_on", after, 10)
                for only in (True, False)
                for after in ("", AFTER)
            ),
            store.cases_page(within, NARROW, "ends_on", AFTER, 10),
            store.cases_page(within, replace(NARROW, state=CaseState.RELEASED), "door", "", 10),
            store.case_counts(within, "me"),
            *(store.changed_cases(within, after, 10, MORNING) for after in ("", "-c", "0123/c")),
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
    assert len(plans) == (34 if within == "/" else 43)  # cases of an area are read by the old and the new doors
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command
