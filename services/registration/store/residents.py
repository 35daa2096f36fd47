"""Households and resident files in the store."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import Page, count, find_each, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "households": [IndexModel([("area_path", ASCENDING)])],
    "residents": [
        # Unique by an index and not by a claim: it never changes, and a claim is one more document a resident.
        IndexModel([("id_number_hash", ASCENDING)], unique=True),
        IndexModel([("left", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
}
RETIRED_INDEXES = {"residents": ["household_id_1"]}  # nothing is asked by it


class Residents:
    """The named queries over households and resident files."""

    def __init__(self, database: Database) -> None:
        self._households = database["households"]
        self._residents = database["residents"]

    async def get(self, resident_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a resident file."""
        return await self._residents.find_one({"_id": resident_id}, session=work and work.session)

    async def several(self, resident_ids: Iterable[str], work: UnitOfWork) -> list[Document]:
        """Return those of the resident files that are there."""
        return await find_each(self._residents, resident_ids, session=work.session)

    async def by_hashes(self, hashes: Sequence[str], work: UnitOfWork) -> dict[str, Document]:
        """Return the resident files with one of the keyed ID-number hashes, by hash."""
        found = await find_each(self._residents, hashes, by="id_number_hash", session=work.session)
        return {resident["id_number_hash"]: resident for resident in found}

    async def by_hash(self, id_number_hash: str) -> Document | None:
        """Return the resident file with that keyed ID-number hash."""
        return await self._residents.find_one({"id_number_hash": id_number_hash})

    async def page(self, path: str, after: str, limit: int) -> Page:
        """Return up to `limit` resident files within the path, door by door."""
        return await page(self._residents, path, after, limit, {"left": False})

    async def insert(self, residents: Sequence[Document], work: UnitOfWork) -> None:
        """Store new resident files."""
        if residents:
            await self._residents.insert_many(residents, session=work.session)

    async def update(self, resident_id: str, facts: Mapping[str, Any], work: UnitOfWork) -> None:
        """Change facts in a resident file."""
        await self._residents.update_one({"_id": resident_id}, {"$set": dict(facts)}, session=work.session)

    async def count_card(self, resident_id: str, work: UnitOfWork) -> None:
        """Count a printed card: of two at the same moment, which would miss each other, one is tried again."""
        await self._residents.update_one({"_id": resident_id}, {"$inc": {"cards": 1}}, session=work.session)

    async def ensure_households(self, paths: Mapping[str, str], work: UnitOfWork) -> None:
        """Store the households that are not there yet, given as path by id; the id follows from the path."""
        found = await find_each(self._households, paths, ["_id"], session=work.session)
        known = {household["_id"] for household in found}
        new = [{"_id": key, "area_path": path} for key, path in paths.items() if key not in known]
        if new:
            await self._households.insert_many(new, session=work.session)

    async def counts(self, path: str) -> dict[str, int]:
        """Return how many households and residents are registered within the path."""
        residents = await count(self._residents, path, {"left": False})
        return {"households": await count(self._households, path), "residents": residents}
