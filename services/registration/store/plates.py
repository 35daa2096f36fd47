"""Plates in the store: keyed hashes, and the residents who have stated them."""

from collections.abc import Iterable

from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.unit_of_work import UnitOfWork

PLATES = "plates"
INDEXES = {PLATES: [IndexModel([("plate_hash", ASCENDING)])]}
MOST = 200  # residents of one plate


class Plates:
    """The named queries over plates; `source` is the journey, or whatever else states one."""

    def __init__(self, database: Database) -> None:
        self._plates = database[PLATES]

    async def remember(self, source: str, resident_id: str, plate_hash: str, work: UnitOfWork) -> None:
        """Store the plate that a source states, in place of another one."""
        facts = {"resident_id": resident_id, "plate_hash": plate_hash}
        await self._plates.update_one({"_id": source}, {"$set": facts}, upsert=True, session=work.session)

    async def forget(self, source: str, work: UnitOfWork) -> None:
        """Let a source state no plate any more."""
        await self._plates.delete_one({"_id": source}, session=work.session)

    async def residents(self, hashes: Iterable[str]) -> list[str]:
        """Return the residents who have stated a plate with one of these keyed hashes, in order."""
        rows = [row for one in hashes for row in await self._plates.find({"plate_hash": one}).to_list(MOST)]
        return sorted({row["resident_id"] for row in rows})

    async def hashes(self) -> dict[str, str]:
        """Return the hash of each plate by its source."""
        return {row["_id"]: row["plate_hash"] async for row in self._plates.find()}
