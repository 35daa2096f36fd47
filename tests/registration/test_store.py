"""Registration's lists and look-ups read by an index, also on the embedded store."""

from datetime import date
from typing import Any

import pytest

from services.registration.store import INDEXES, Store
from shared.mongo import Database, ensure_indexes
from tests.support.plans import Reads
from tests.support.service import AREA


@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_is_read_by_an_index(database: Database, mongo_url: str, within: str) -> None:
    await ensure_indexes(database, INDEXES)
    async with Reads(mongo_url, database.name) as reads:
        store = Store(reads.database)
        work: Any = type("NoTransaction", (), {"session": None})()
        for reading in (
            store.place_at(AREA),
            store.places_page(within, None, "", 10),
            store.places_page(within, "compound", f"{AREA}|p", 10),
            store.places_at_level(within, "compound"),
            store.resident("r"),
            store.resident_by_hash("h"),
            store.residents_by_hash(["h", "i"], work),
            store.residents_page(within, f"{AREA}|r", 10),
            store.counts(within),
            store.contact("p"),
            store.contacts(["p", "q"], work),
            store.journey("j"),
            store.journeys_page(within, "", 10),
            store.risk_list(date(2026, 2, 10)),
            store.evidence("r", work),
            store.standing("r"),
            store.import_report("i"),
        ):
            await reading
        plans = await reads.plans()
    assert len(plans) == 18
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command
