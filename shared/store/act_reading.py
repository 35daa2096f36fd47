"""Reading the log of acts: its entries from the newest to the oldest, each compared with its link, and its newest part.

Links and entries are read by their ids alone, since the log has no other index (ADR 24).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.base.area import within
from shared.store.act_chain import GONE, Head, Link, last_number, name_of
from shared.store.act_log import ACTS, HEADS, LINKS, WAITING, digest, log_of
from shared.store.mongo import Database, Document
from shared.store.queries import find_each

_AROUND = re.compile(r"^[a-z_]+\.|\.v\d+$")

PART = 500  # links that are read at a time
READ_MOST = 5_000  # links that are read for one page: a page may be shorter than asked for although more follow
# Entries are linked in the order of their commits, so their times are out of order by less than that.
OUT_OF_ORDER = timedelta(minutes=2)


@dataclass(frozen=True)
class Wanted:
    """Which entries: of an area path, and where it is not empty or None, by kind, subject, by whom and time.

    A kind is named whole, or without the service and the version of its event: `CaseOpened`.
    """

    area: str
    kind: str = ""
    subject: str = ""
    by: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, entry: Document) -> bool:
        """Whether an entry is wanted; one that states no area is of the whole city alone."""
        if self.area != "/":
            area = str(entry.get("area") or "")
            if not area or not (within(area, self.area) or within(self.area, area)):
                return False
        if self.kind and self.kind not in (entry.get("kind"), _AROUND.sub("", str(entry.get("kind")))):
            return False
        exact = (("subject", self.subject), ("by", self.by))
        if any(value and entry.get(name) != value for name, value in exact):
            return False
        at = entry["at"]
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class Logged(NamedTuple):
    """A link of the chain, its entry, None where it is gone, and whether both are as they were linked."""

    number: int
    entry: Document | None
    verifies: bool


class Newest(NamedTuple):
    """What verifying the newest links came to: the head, how many were verified, and the numbers that do not hold."""

    head: Head
    verified: int
    faults: list[int]
    waiting: int
    published: Head
    published_on: str
    published_holds: bool


class ActReader:
    """Reads the log of the service to which `database` belongs."""

    def __init__(self, database: Database) -> None:
        self._log = log_of(database)
        self._waiting = database[WAITING]
        self._known = 0

    async def page(self, wanted: Wanted, before: int | None, limit: int) -> tuple[list[Logged], int | None]:
        """Return up to `limit` wanted entries, the newest first, of links below a number, and where the next begin."""
        top = await self._top(wanted.until) if before is None else before - 1
        rows: list[Logged] = []
        bottom = max(0, top - READ_MOST)
        while top > bottom:
            low = max(bottom, top - PART)
            for logged in reversed(await self._part(low, top)):
                if self._is_wanted(logged, wanted):
                    rows.append(logged)
                    if len(rows) == limit:
                        return rows, logged.number if logged.number > 1 else None
                if logged.entry and wanted.since and logged.entry["at"] < wanted.since - OUT_OF_ORDER:
                    return rows, None
            top = low
        return rows, bottom + 1 if bottom else None

    async def newest(self, links: int) -> Newest:
        """Verify the newest links, and that the head that was published last lies on the chain."""
        top = await self._last()
        low = max(0, top - links)
        faults: list[int] = []
        for start in range(low, top, PART):
            part = await self._part(start, min(start + PART, top))
            faults += [logged.number for logged in part if not logged.verifies]
        days = await self._log[HEADS].find().sort("_id", -1).limit(1).to_list(1)
        published = Head(days[0]["number"], days[0]["hash"]) if days else Head()
        lies_on_it = published.number == 0 or await self._head(published.number) == published
        waiting = await self._waiting.count_documents({})
        day = str(days[0]["_id"]) if days else ""
        return Newest(await self._head(top), top - low, faults, waiting, published, day, lies_on_it)

    @staticmethod
    def _is_wanted(logged: Logged, wanted: Wanted) -> bool:
        """Whether a link is listed: one without an entry, which no filter can judge, to readers of the whole city."""
        if logged.entry is None:
            return wanted.area == "/"
        return wanted.holds(logged.entry)

    async def _last(self) -> int:
        self._known = await last_number(self._log, self._known)
        return self._known

    async def _top(self, until: datetime | None) -> int:
        """Return the newest link that may hold an entry from before `until`: looked for by halves, by their times."""
        high = last = await self._last()
        if until is None:
            return last
        low = 0
        while high - low > 1:
            middle = (low + high) // 2
            at = await self._time_of(middle)
            low, high = (middle, high) if at is None or at < until + OUT_OF_ORDER else (low, middle)
        return high

    async def _time_of(self, number: int) -> datetime | None:
        link = await self._log[LINKS].find_one({"_id": name_of(number)})
        entry = await self._log[ACTS].find_one({"_id": link["act"]}, {"at": 1}) if link else None
        at: datetime | None = entry["at"] if entry else None
        return at

    async def _head(self, number: int) -> Head:
        row = await self._log[LINKS].find_one({"_id": name_of(number)}) if number else None
        return Link.read(row).head if row else Head()

    async def _part(self, low: int, high: int) -> Sequence[Logged]:
        """Return the links above `low` up to `high`, in their order."""
        names = [name_of(number) for number in range(max(low, 1), high + 1)]
        links = {row["_id"]: Link.read(row) for row in await find_each(self._log[LINKS], names)}
        acts = [link.act for link in links.values() if link.number > low]
        entries = {row["_id"]: row for row in await find_each(self._log[ACTS], acts)}
        rows = []
        before = links[name_of(low)].head if name_of(low) in links else Head(low) if low == 0 else Head(low, "")
        for number in range(low + 1, high + 1):
            link = links.get(name_of(number))
            if link is None:
                rows.append(Logged(number, None, False))
                before = Head(number, "")
                continue
            entry = entries.get(link.act)
            made = Link.after(before, link.act, digest(entry) if entry else GONE, link.at)
            rows.append(Logged(number, entry, made == link and entry is not None))
            before = link.head
        return rows
