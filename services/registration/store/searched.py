"""Resident files by the keyed hashes of what clerks type (docs/adr/0036-blind-indexes.md)."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from services.registration.domain.residents import Resident, part_of
from services.registration.store.search_parts import PART, SearchParts, below
from shared.base.area import query
from shared.store.by_field import By, cursor_of, first_of, value_and_id
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.personal_documents import PersonalDocuments
from shared.store.queries import stages

# The embedded store keeps the entries of all indexes in one table, each with the name of its index.
INDEXES = [
    IndexModel([(PART, ASCENDING), ("name_hashes", ASCENDING)], name="n"),
    IndexModel([("phone_hashes", ASCENDING)], name="p"),
    IndexModel([("number_hashes", ASCENDING)], name="i"),
]
RETIRED_INDEXES = [f"{field}_hashes_1_area_path_1__id_1" for field in ("name", "phone", "number")]
DOORS = By("area_path")
MOST_AT_ONCE = 16  # parts of a city
_COMMON_READ = 500  # files in door order, about, among which a common name fills a page
_HERE: Document = {"left": False}


class Asked(NamedTuple):
    """A page that is asked for: `limit` files within a path, in an order, that follow a value and an id of it."""

    path: str
    by: By
    following: tuple[Any, str] | None  # Any: a text or a time
    limit: int

    @property
    def condition(self) -> Document:
        """The condition of those that follow."""
        if self.following is None:
            return {}
        beyond = "$lt" if self.by.descending else "$gt"
        value, identity = self.following
        return {"$or": [{self.by.field: {beyond: value}}, {self.by.field: value, "_id": {beyond: identity}}]}

    def first(self, rows: Sequence[Document]) -> list[Document]:
        """Return the page out of the pages of several parts of the files."""
        ordered = sorted(rows, key=lambda row: (row[self.by.field], row["_id"]), reverse=self.by.descending)
        return ordered[: self.limit]


class Searched:
    """The named queries over resident files by hashes."""

    def __init__(self, database: Database, files: PersonalDocuments[Resident]) -> None:
        self._read_each = files.read_each
        self._residents = files.collection
        self._parts = SearchParts(database)

    async def by_name(
        self, path: str, hashes: Sequence[str], after: str, limit: int, *, common: bool = False
    ) -> list[Resident]:
        """Return up to `limit` files within the path, by their doors, whose name has one of these hashes.

        They follow the `position` of a file. Of a `common` hash the next doors are read first: an embedded server
        reads all files of a part that have a hash before it gives the first.
        """
        named = {"name_hashes": {"$in": list(hashes)}}
        if common:
            rows = await first_of(self._residents, path, after, limit, _HERE, named, _COMMON_READ)
            if len(rows) == limit:
                return await self._read_each(rows)
        return await self._read_each(await self._named(named, _by_doors(path, after, limit)))

    async def having(self, path: str, field: str, hashes: Sequence[str], after: str, limit: int) -> list[Resident]:
        """Return what `by_name` does, of those whose field of phones or numbers has one of these hashes."""
        asked = _by_doors(path, after, limit)
        return await self._read_each(await self._read({field: {"$in": list(hashes)}}, asked))

    async def named(
        self, path: str, hashes: Sequence[str], sort: str, after: str, limit: int
    ) -> tuple[list[Resident], str | None]:
        """Return a page of the files whose name has one of these hashes, in an order, and what names the last one."""
        asked = _sorted(path, sort, after, limit)
        return await self._page(asked, await self._named({"name_hashes": {"$in": list(hashes)}}, asked))

    async def with_phone(
        self, path: str, hashes: Sequence[str], sort: str, after: str, limit: int
    ) -> tuple[list[Resident], str | None]:
        """Return what `named` does, of the files with one of these hashes of a phone or of its end."""
        asked = _sorted(path, sort, after, limit)
        return await self._page(asked, await self._read({"phone_hashes": {"$in": list(hashes)}}, asked))

    async def _named(self, named: Document, asked: Asked) -> list[Document]:
        """Return the page: part by part, as far as it needs, where the order is that of the doors."""
        parts = await self._parts.of(asked.path)
        if asked.by == DOORS and asked.following:
            begun = below(part_of(str(asked.following[0])))
            parts = [one for one in parts if below(one) >= begun]
        # A file of an earlier version is in no part.
        rows = await self._read({PART: None, **named}, asked)
        former, at, step = len(rows), 0, 1 if asked.by == DOORS else MOST_AT_ONCE
        while at < len(parts) and (asked.by != DOORS or len(rows) - former < asked.limit):
            read = (self._read({PART: one, **named}, asked) for one in parts[at : at + step])
            rows += chain.from_iterable(await asyncio.gather(*read))
            at, step = at + step, min(4 * step, MOST_AT_ONCE)
        return asked.first(rows)

    async def _page(self, asked: Asked, rows: Sequence[Document]) -> tuple[list[Resident], str | None]:
        following = cursor_of(rows[-1], asked.by) if len(rows) == asked.limit else None
        return await self._read_each(rows), following

    async def _read(self, indexed: Document, asked: Asked) -> list[Document]:
        steps = stages([indexed, query(asked.path), _HERE, asked.condition])
        turn = -1 if asked.by.descending else 1
        steps += [{"$sort": {asked.by.field: turn, "_id": turn}}, {"$limit": asked.limit}]
        return await self._residents.aggregate(steps).to_list(asked.limit)


def _by_doors(path: str, after: str, limit: int) -> Asked:
    door, _, last = after.partition("|")
    return Asked(path, DOORS, (door, last) if after else None, limit)


def _sorted(path: str, sort: str, after: str, limit: int) -> Asked:
    by = By.of(sort, door="area_path", registered="_id")
    return Asked(path, by, value_and_id(after) if after else None, limit)
