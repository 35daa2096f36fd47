"""Households and resident files in the store."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.registration.domain.residents import Household, Resident
from services.registration.store import search_parts, searched
from services.registration.store.search_parts import MAPPER, SearchParts
from shared.store import changes
from shared.store.by_field import By, page_by
from shared.store.changes import Changed, changed_since
from shared.store.counting import count
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.person_keys import PersonKeys
from shared.store.personal_documents import Owned, PersonalDocuments
from shared.store.queries import find_each, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "households": [IndexModel([("area_path", ASCENDING)])],
    "residents": [
        # Unique by an index and not by a claim: it never changes, and a claim is one more document a resident.
        IndexModel([("id_number_hash", ASCENDING)], unique=True),
        IndexModel([("left", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        *searched.INDEXES,
        IndexModel([("staff_id", ASCENDING)]),
        changes.INDEX,
    ],
    **search_parts.INDEXES,
}
DOOR = "door"  # the usual order of a list: by area path
RETIRED_INDEXES = {"residents": ["household_id_1", *searched.RETIRED_INDEXES]}  # no query uses them

_HERE: Document = {"left": False}
_OWNED = Owned(("sealed.name", "sealed.id_number", "sealed.particulars", "gate_seal"), begins=True)


class Counts(NamedTuple):
    """How many households and residents are registered in an area."""

    households: int
    residents: int


class Residents:
    """The named queries over households and resident files."""

    def __init__(self, database: Database, keys: PersonKeys) -> None:
        # Households are inserted once and never change: no revision.
        self._households = Documents(database["households"], Mapper(Household, key="household_id"), revised=False)
        self._residents = PersonalDocuments(database["residents"], MAPPER, _OWNED, keys, marked=True)
        self._parts = SearchParts(database)

    @property
    def files(self) -> PersonalDocuments[Resident]:
        """The files, for resealing and for what looks them up."""
        return self._residents

    async def get(self, resident_id: str, work: UnitOfWork | None = None) -> Resident | None:
        """Return a resident file; of an alias the file that it is merged into."""
        stored = await self._residents.get(resident_id, work)
        return await self._survivor(stored, work) if stored else None

    async def _survivor(self, stored: Resident, work: UnitOfWork | None) -> Resident | None:
        return await self._residents.get(stored.merged_into, work) if stored.merged_into else stored

    async def several(self, resident_ids: Iterable[str], work: UnitOfWork) -> list[Resident]:
        """Return those of the resident files that exist, each once; of an alias the file that it is merged into."""
        return _each_once((await self.followed(resident_ids, work)).values())

    async def by_ids(self, resident_ids: Iterable[str]) -> list[Resident]:
        """Return those of the resident files that exist, as they are now, each once, as `several` does."""
        return _each_once((await self.followed(resident_ids)).values())

    async def followed(self, resident_ids: Iterable[str], work: UnitOfWork | None = None) -> dict[str, Resident]:
        """Return by each of the ids the file that stands for it: its own, or the one that it is merged into."""
        stored = await self._residents.each(resident_ids, work)
        return {one.resident_id: survivor for one, survivor in await self._with_survivors(stored, work)}

    async def _with_survivors(
        self, stored: Sequence[Resident], work: UnitOfWork | None
    ) -> list[tuple[Resident, Resident]]:
        merged = {one.merged_into for one in stored if one.merged_into}
        survivors = {one.resident_id: one for one in await self._residents.each(merged, work)} if merged else {}
        return [(one, survivors.get(one.merged_into or "", one)) for one in stored]

    async def as_stored(self, resident_ids: Iterable[str], work: UnitOfWork | None = None) -> list[Resident]:
        """Return those of the resident files that exist, aliases as such."""
        return await self._residents.each(resident_ids, work)

    async def own(self, resident_ids: Collection[str], staff_id: str) -> list[Resident]:
        """Return the files with these ids, and those of this member of staff (in normal form), with their aliases."""
        stored = [*await self._residents.each(resident_ids), *await self._residents.find({"staff_id": staff_id})]
        survivors = _each_once(survivor for _, survivor in await self._with_survivors(stored, None))
        aliases = await self._residents.each([one for file in survivors for one in file.absorbed])
        return _each_once((*survivors, *stored, *aliases))

    async def by_hashes(self, hashes: Sequence[str], work: UnitOfWork) -> dict[str, Resident]:
        """Return the resident files with these keyed ID-number hashes, by hash; an alias leads to its survivor."""
        stored = await self._residents.each(hashes, work, by="id_number_hash")
        return {one.id_number_hash: survivor for one, survivor in await self._with_survivors(stored, work)}

    async def by_hash(self, id_number_hash: str) -> Resident | None:
        """Return the resident file with that keyed ID-number hash; an alias leads to its survivor."""
        stored = await self._residents.first({"id_number_hash": id_number_hash})
        return await self._survivor(stored, None) if stored else None

    async def page(self, path: str, sort: str, after: str, limit: int) -> tuple[list[Resident], str | None]:
        """Return up to `limit` resident files within the path, and what names the last of them.

        They are in the order of their doors, or of their registration.
        """
        if sort == DOOR:
            rows, following = await page(self._residents.collection, path, after, limit, {"left": False})
        else:
            rows, following = await page_by(self._residents.collection, path, _by(sort), after, limit, _HERE)
        return await self._residents.read_each(rows), following

    async def in_order(self, after: str, limit: int) -> list[Resident]:
        """Return up to `limit` resident files of the city in the order of their ids, those that follow `after`."""
        rows = self._residents.collection.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)
        return await self._residents.read_each(await rows.to_list(limit))

    async def changed(self, path: str, after: str, limit: int, now: datetime) -> tuple[list[Resident], Changed]:
        """Return up to `limit` resident files within the path that have changed since `after`, and how it goes on."""
        changed = await changed_since(self._residents.collection, path, after, limit, now)
        return await self._residents.read_each(changed.rows), changed

    async def doors_among(self, paths: Collection[str]) -> list[str]:
        """Return which of the area paths are doors of households, in order."""
        rows = await find_each(self._households.collection, paths, ["area_path"], by="area_path")
        return sorted(row["area_path"] for row in rows)

    async def insert(self, residents: Sequence[Resident], work: UnitOfWork) -> None:
        """Store new resident files."""
        await self._parts.remember(one.area_path for one in residents)
        await self._residents.insert(residents, work)

    async def put(self, resident: Resident, work: UnitOfWork) -> None:
        """Store a resident file. Of two units of work that put the same file at the same moment, one is retried."""
        await self._parts.remember([resident.area_path])
        await self._residents.put(resident, work)

    async def renew(self, resident: Resident, work: UnitOfWork) -> None:
        """Store a file in place of the one with its id, of which no field stays, also none of a later version.

        An embedded server keeps the old entry of a unique index when its field changes, and not when a document goes.
        """
        await self._residents.collection.delete_one({"_id": resident.resident_id}, session=work.session)
        await self._residents.put(resident, work)

    async def ensure_households(self, paths: Mapping[str, str], work: UnitOfWork) -> None:
        """Store the households that do not exist yet, given as path by id; the id follows from the path."""
        rows = await find_each(self._households.collection, paths, ["_id"], session=work.session)
        known = {row["_id"] for row in rows}
        await self._households.insert([Household(key, paths[key]) for key in paths if key not in known], work)

    async def first_below(self, path: str, after: str) -> str | None:
        """Return the first door of a household below a path that follows `after`."""
        rows, _ = await page(self._households.collection, path, f"{after}|~" if after else "", 1)
        return str(rows[0]["area_path"]) if rows else None

    async def at_doors(self, paths: Collection[str], work: UnitOfWork) -> dict[str, str]:
        """Return the ids of the households behind these doors, by path."""
        rows = await self._households.each(paths, work, by="area_path")
        return {one.area_path: one.household_id for one in rows}

    async def households(self, household_ids: Iterable[str], work: UnitOfWork) -> list[Household]:
        """Return those of the households that exist."""
        return await self._households.each(household_ids, work)

    async def counts(self, path: str) -> Counts:
        """Return how many households and residents are registered within the path."""
        households = await count(self._households.collection, path)
        return Counts(households, await count(self._residents.collection, path, {"left": False}))


def _each_once(residents: Iterable[Resident]) -> list[Resident]:
    return list({one.resident_id: one for one in residents}.values())


def position(resident: Resident) -> str:
    """Return what names a file in a list by doors."""
    return f"{resident.area_path}|{resident.resident_id}"


def _by(sort: str) -> By:
    return By.of(sort, door="area_path", registered="_id")
