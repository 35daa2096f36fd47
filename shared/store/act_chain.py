"""The chain over the log of acts: each link holds an entry's hash and the hash of the link before it (ADR 24).

Units of work append entries concurrently; one process of the service at a time links what was committed. A link is
inserted under its number, so that two processes can never write two chains.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import NamedTuple, Self

from shared.base.clock import machine_time
from shared.store.act_log import ACTS, LINKS, WAITING, digest, log_of
from shared.store.mongo import ASCENDING, Database, Document, DuplicateKeyError
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWorkFactory, retry_conflicts

FIRST_HASH = "0" * 64
ROWS = 50  # units of work whose entries are linked in one transaction
CHECKED = 500  # links that are verified at a time
GONE = "gone"  # in place of the hash of an entry that was deleted before it was linked


def name_of(number: int) -> str:
    """Return the `_id` of the link with that number: they sort as the numbers do, on every server."""
    return f"{number:012d}"


class Head(NamedTuple):
    """The newest link of a chain: its number, from 1, and its hash; 0 for an empty chain."""

    number: int = 0
    hash: str = FIRST_HASH


class Link(NamedTuple):
    """A link: its number, the entry's id and hash, when it was linked, and the hash of all that and the link before."""

    number: int
    act: str
    digest: str
    at: datetime
    hash: str

    @classmethod
    def after(cls, head: Head, act: str, act_digest: str, at: datetime) -> Self:
        """Return the link of an entry that follows a head."""
        number = head.number + 1
        return cls(number, act, act_digest, at, digest([head.hash, number, act, act_digest, at]))

    @classmethod
    def read(cls, row: Document) -> Self:
        """Return the link that a document holds, whatever was done to it."""
        return cls(int(row["_id"]), str(row.get("act")), str(row.get("digest")), row["at"], str(row.get("hash")))

    @property
    def row(self) -> Document:
        """The document that holds the link."""
        return {"_id": name_of(self.number), "act": self.act, "digest": self.digest, "at": self.at, "hash": self.hash}

    @property
    def head(self) -> Head:
        """The chain's head while this is its newest link."""
        return Head(self.number, self.hash)


def links_of(head: Head, acts: Iterable[tuple[str, Document | None]], at: datetime) -> list[Link]:
    """Return the links of entries, in their order, that follow a head; None stands for an entry that is gone."""
    links: list[Link] = []
    for act, row in acts:
        links.append(Link.after(links[-1].head if links else head, act, digest(row) if row else GONE, at))
    return links


async def last_number(log: Database, known: int = 0) -> int:
    """Return the number of the newest link, which is `known` or a later one, by asking for ids alone."""
    low, step = known, 1
    while await _is_there(log, low + step):
        low, step = low + step, 2 * step
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if await _is_there(log, middle) else (low, middle)
    return low


async def _is_there(log: Database, number: int) -> bool:
    return await log[LINKS].find_one({"_id": name_of(number)}, {"_id": 1}) is not None


class Chain:
    """Links the entries of one service's log; `head` is kept in memory and read again after a failure."""

    def __init__(self, database: Database, unit_of_work: UnitOfWorkFactory) -> None:
        self._waiting = database[WAITING]
        self._log = log_of(database)
        self._unit_of_work = unit_of_work
        self._head: Head | None = None

    async def waiting(self) -> int:
        """Return how many units of work have entries that are not linked yet."""
        return await self._waiting.count_documents({})

    async def head(self) -> Head:
        """Return the newest link, looked for by ids alone: some servers sort a collection by reading all of it."""
        if self._head is None:
            number = await last_number(self._log)
            row = await self._log[LINKS].find_one({"_id": name_of(number)}) if number else None
            self._head = Link.read(row).head if row else Head()
        return self._head

    async def faults_after(self, known: Head) -> AsyncIterator[list[str]]:
        """Yield the names of the links after a published head that do not verify, for some links at a time.

        The link of that head itself is compared too: a chain that was made anew has another one.
        """
        if known.number:
            row = await self._log[LINKS].find_one({"_id": name_of(known.number)})
            yield [] if row and Link.read(row).head == known else [name_of(known.number)]
        last, newest = known, (await self.head()).number
        while last.number < newest:
            names = [name_of(number) for number in range(last.number + 1, min(last.number + CHECKED, newest) + 1)]
            links = {row["_id"]: row for row in await find_each(self._log[LINKS], names)}
            acts = [row["act"] for row in links.values() if "act" in row]
            entries = {row["_id"]: row for row in await find_each(self._log[ACTS], acts)}
            wrong = []
            for name in names:
                if name not in links:
                    wrong.append(name)
                    last = Head(int(name), "")
                    continue
                link = Link.read(links[name])
                entry = entries.get(link.act)
                if Link.after(last, link.act, digest(entry) if entry else GONE, link.at) != link:
                    wrong.append(name)
                last = link.head
            yield wrong

    async def extend(self) -> int:
        """Link the entries of some units of work and return how many these were. Raises the store's errors."""
        head, self._head = await self.head(), None
        try:
            count, self._head = await self._link(head)
        except DuplicateKeyError:  # another process has linked since
            return 0
        return count

    @retry_conflicts
    async def _link(self, head: Head) -> tuple[int, Head]:
        async with self._unit_of_work() as work:
            units = self._waiting.find({}, session=work.session).sort("_id", ASCENDING).limit(ROWS)
            rows = await units.to_list(None)
            acts = [act for row in rows for act in row["acts"]]
            if not acts:
                return 0, head
            entries = {row["_id"]: row for row in await find_each(self._log[ACTS], acts, session=work.session)}
            first, *others = links_of(head, ((act, entries.get(act)) for act in acts), machine_time())
            await self._log[LINKS].insert_one(first.row, session=work.session)  # refused where it is there already
            if others:
                await self._log[LINKS].insert_many([link.row for link in others], session=work.session)
            await self._waiting.delete_many({"_id": {"$in": [row["_id"] for row in rows]}}, session=work.session)
        return len(rows), (others or [first])[-1].head
