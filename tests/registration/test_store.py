"""Registration's lists and look-ups read by an index, also on the embedded store."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from services.registration.domain import appeals
from services.registration.domain.orders import State
from services.registration.store import INDEXES, Store
from services.registration.store.appeals import After
from shared.mongo import Database, ensure_indexes
from tests.support.plans import Reads
from tests.support.service import AREA, MORNING

pytestmark = pytest.mark.store


def of_files(store: Store, within: str, work: Any) -> list[Awaitable[Any]]:
    """Every reading of places, residents, contacts, journeys and colours."""
    return [
        store.places.at(AREA),
        store.places.page(within, None, "", 10),
        store.places.page(within, "compound", f"{AREA}|p", 10),
        store.places.at_level(within, "compound"),
        store.residents.get("r"),
        store.residents.by_hash("h"),
        store.residents.by_hashes(["h", "i"], work),
        store.residents.page(within, f"{AREA}|r", 10),
        store.residents.counts(within),
        store.contacts.get("p"),
        store.contacts.several(["p", "q"], work),
        store.journeys.get("j"),
        store.journeys.page(within, "", 10),
        store.journeys.risk_list(date(2026, 2, 10)),
        store.standings.evidence("r", work),
        store.standings.get("r"),
        store.imports.get("i"),
        store.residents.several(["r", "s"], work),
    ]


def of_codes(store: Store, within: str, work: Any) -> list[Awaitable[Any]]:
    """Every reading of codes, orders by hand and appeals."""
    return [
        store.codes.get("c"),
        store.codes.newest("r"),
        store.codes.valid_of("r", MORNING),
        store.orders.get("o"),
        store.orders.page(within, None, "", 10),
        store.orders.page(within, State.PROPOSED, f"{AREA}|o", 10),
        store.orders.parts("o"),
        store.orders.part("o", 0, work),
        store.appeals.get("a"),
        store.appeals.of_resident("r"),
        store.appeals.page(within, appeals.State.OPEN, None, 10),
        store.appeals.page(within, appeals.State.OPEN, After(MORNING, "a"), 10),
    ]


@pytest.mark.parametrize(("readings", "commands"), [(of_files, 19), (of_codes, 12)])
@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_is_read_by_an_index(
    database: Database,
    mongo_url: str,
    within: str,
    readings: Callable[[Store, str, Any], list[Awaitable[Any]]],
    commands: int,
) -> None:
    await ensure_indexes(database, INDEXES)
    async with Reads(mongo_url, database.name) as reads:
        work: Any = type("NoTransaction", (), {"session": None})()
        for reading in readings(Store(reads.database), within, work):
            await reading
        plans = await reads.plans()
    assert len(plans) == commands
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command


async def test_a_report_that_is_put_again_after_a_crash_of_the_store_is_kept_once(database: Database) -> None:
    store = Store(database)
    report = {"_id": "import-1", "area_path": AREA, "rows": 3}
    await store.imports.put(report)
    await store.imports.put(report)
    kept = await store.imports.get("import-1")
    assert kept is not None
    assert report.items() <= kept.items()
