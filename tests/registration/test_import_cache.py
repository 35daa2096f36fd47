"""An import and the cache of the store: what one transaction changes is far less than the cache may hold."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.people import GIVEN, SURNAMES
from deploy.launcher.servers import embedded
from services.registration.domain.pacing import MOST
from services.registration.store import INDEXES
from shared.store.mongo import Document
from tests.conftest import MakeService
from tests.registration.office import id_number, office, person

ROWS, SMALL = 2_000, "64M"
CACHE = int(embedded.CACHE_SIZE.removesuffix("M")) * 1024 * 1024
# A transaction holds each page on which it changes an entry of an index until its end; entries of keyed hashes lie on
# a page each. When pages that are held fill a fifth of the cache, the store stands still.
PAGE, SHARE = 32 * 1024, 0.2
MOST_ENTRIES, MOST_BYTES = 24, 2_000  # of a resident with a name of three characters and a phone
IN_ORDER = {"kept_at", "import_id", "changed", "left", "area_path"}  # entries of one import lie beside each other


@pytest.fixture
def small_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a store with a small cache."""
    monkeypatch.setattr(embedded, "CACHE_SIZE", SMALL)
    with embedded.EmbeddedMongo(tmp_path / "small", tmp_path, durable=False) as server:
        yield server.url


class TestOnASmallStore:
    """On a store of the test's own."""

    @pytest.fixture
    def mongo_url(self, small_store: str) -> str:
        return small_store

    async def test_an_import_comes_to_its_end_where_the_cache_is_small(self, service: MakeService) -> None:
        here = await office(service)
        report = await here.imported(*(_person(n) for n in range(ROWS)))
        assert report["state"] == "done"
        assert report["added"] + report["rejected"] == ROWS


async def test_what_an_import_writes_into_indexes_fits_into_the_cache_of_the_store(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, name="欧阳小明"))
    entries = [one for kept in ("residents", "contacts", "households") for one in await _entries(here, kept)]
    assert len(entries) <= MOST_ENTRIES
    assert sum(size for _, size in entries) <= MOST_BYTES
    scattered = [field for field, _ in entries if field not in IN_ORDER]
    assert MOST * len(scattered) * PAGE < SHARE * CACHE


def _person(number: int) -> list[str]:
    """A row of a roster: each has another number, and one of many names."""
    first, second = divmod(number, len(GIVEN))
    name = SURNAMES[number % len(SURNAMES)] + GIVEN[first % len(GIVEN)] + GIVEN[second]
    papers = {"id_number": id_number(number % 500 + 1, date(1950 + number // 500, 1, 1))}
    return person(name=name, room=str(number + 1), phone=f"199{number:08}", **papers)


async def _entries(here: Any, kept: str) -> list[tuple[str, int]]:
    """Return of each entry that a document adds to the indexes the first field, and about how many bytes it takes."""
    row = await here.service.database[kept].find_one()
    made: list[tuple[str, int]] = []
    for index in INDEXES.get(kept, ()):
        fields = list(index.document["key"])
        about = len(f"registration.{kept}.{index.document['name']}")
        keys = product(*(_values(row, field) for field in fields))
        made += [(fields[0], about + sum(len(str(value)) for value in key)) for key in keys]
    return made


def _values(row: Document, field: str) -> list[Any]:
    value = row.get(field)
    return value if isinstance(value, list) else [value]
