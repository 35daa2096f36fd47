"""The parts of a city: names are looked up part by part, so that each import writes one part of an index alone."""

from collections.abc import Iterable
from contextlib import suppress

from services.registration.domain.residents import PART_DEPTH, Resident, part_of
from shared.base.area import within
from shared.store.documents import Mapper
from shared.store.mongo import ASCENDING, Database, Document, DuplicateKeyError, IndexModel

PART = "search_part"
INDEXES = {"search_parts": [IndexModel([("path", ASCENDING)])]}


def _derived(resident: Resident) -> Document:
    return {PART: part_of(resident.area_path)}


MAPPER = Mapper(Resident, "resident_id", _derived)


class SearchParts:
    """The parts in which a resident is, or was, registered."""

    def __init__(self, database: Database) -> None:
        self._parts = database["search_parts"]
        self._known: set[str] = set()

    async def remember(self, area_paths: Iterable[str]) -> None:
        """Store the parts of these paths, before their files: in no unit of work, as none is too many."""
        for part in {part_of(path) for path in area_paths} - self._known:
            with suppress(DuplicateKeyError):  # another process stores it at this moment
                await self._parts.update_one({"_id": part}, {"$set": {"path": part}}, upsert=True)
            self._known.add(part)

    async def of(self, area: str) -> list[str]:
        """Return the part in which an area lies, or those that lie in it, in the order of the paths below them."""
        if part_of(area).count("/") == PART_DEPTH:
            return [part_of(area)]
        known = [str(row["_id"]) async for row in self._parts.find({"path": {"$gte": ""}})]
        return sorted((one for one in known if within(one, area)), key=below)


def below(part: str) -> str:
    """Return what the paths below a part begin with: they lie in this order."""
    return f"{part}/"
