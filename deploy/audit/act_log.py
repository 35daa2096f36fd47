"""The log of acts of a service: every entry is linked and as it was, and the published heads lie on the chain (ADR 24).

A log that was changed is named entry by entry: changed, gone, or put in past the service.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer

from deploy.audit.books import Books, Finding
from deploy.audit.bus import to_end
from shared.base.clock import machine_time
from shared.bus.kafka import asking, partitions, start
from shared.envelope.event import ReadHeaders, contracts, contracts_of, decode, type_of
from shared.envelope.log_head import LogHead
from shared.store.act_chain import Head, Link, name_of
from shared.store.act_log import ACTS, HEADS, LINKS, READING, WAITING, digest, digest_of_reading, log_of
from shared.store.mongo import ASCENDING, Database, Document
from shared.store.queries import find_each
from shared.web.disclosures import READINGS, RETENTION_S

PART = 1_000
LONGEST_WAIT = timedelta(minutes=1)
# While a service is upgraded, processes of the version before record readings that are not in the log.
UPGRADED_WITHIN = timedelta(days=1)


@dataclass
class Verified:
    """What was read of a log: how many links, how many entries wait to be linked, the head, and every fault."""

    links: int = 0
    waiting: int = 0
    head: Head = field(default_factory=Head)
    faults: list[str] = field(default_factory=list)


async def verify(database: Database, published: Iterable[LogHead] = ()) -> Verified:
    """Verify the log of one service, which may be written at the same time, and that the published heads lie on it."""
    return await _Verification(database, {head.number: head for head in published}).run()


class _Logged(NamedTuple):
    """What the log holds of a reading: by which newest entry of what time, and its hashes: sealing it adds one."""

    entry: str
    at: datetime
    digests: frozenset[str]


class _Verification:
    def __init__(self, database: Database, published: dict[int, LogHead]) -> None:
        self._database = database
        self._log = log_of(database)
        self._published = published
        self._linked: set[str] = set()
        self._logged: dict[str, _Logged] = {}  # by the readings' ids
        self.result = Verified()

    async def run(self) -> Verified:
        # Readings and entries are read before the links: what was there and is not linked afterwards waits, or was
        # put in.
        readings = {row["_id"]: _Reading.of(row) async for row in self._database[READINGS].find()}
        there = [row["_id"] async for row in self._log[ACTS].find({}, {"_id": 1})]
        await self._follow()
        waiting = await self._waiting()
        await self._follow()  # what was linked since
        left = [one for one in there if one not in self._linked and one not in waiting]
        rows = await find_each(self._log[ACTS], left)
        self._fault(*(f"{_entry(row)} was put in: no service linked it" for row in rows))
        await self._heads()
        await self._compare(readings)
        return self.result

    def _fault(self, *texts: str) -> None:
        self.result.faults += texts

    async def _follow(self) -> None:
        while rows := await self._log[LINKS].find(self._behind()).sort("_id", ASCENDING).limit(PART).to_list(None):
            links = [Link.read(row) for row in rows]
            entries = {row["_id"]: row for row in await find_each(self._log[ACTS], [link.act for link in links])}
            for link in links:
                self._read(link, entries.get(link.act))

    def _behind(self) -> Document:
        return {"_id": {"$gt": name_of(self.result.head.number)}}

    def _read(self, link: Link, entry: Document | None) -> None:
        head = self.result.head
        named = _entry(entry) if entry else f"entry {link.act}"
        if link.number != head.number + 1:
            self._fault(f"links {head.number + 1} to {link.number - 1}, before that of {named}, are gone")
        elif Link.after(head, link.act, link.digest, link.at).hash != link.hash:
            self._fault(f"link {link.number} of {named} does not follow link {head.number}: one of the two was changed")
        if entry is None:
            self._fault(f"{named} is gone, which link {link.number} holds")
        elif digest(entry) != link.digest:
            self._fault(f"{named} was changed, or put in again")
        if link.act in self._linked:
            self._fault(f"{named} is linked twice")
        if (stated := self._published.get(link.number)) and stated.hash != link.hash:
            self._fault(f"link {link.number} of {named} is not the one that was published on {stated.day}")
        self._linked.add(link.act)
        self._note(entry)
        self.result.head = link.head
        self.result.links += 1

    def _note(self, entry: Document | None) -> None:
        if entry is not None and entry.get("kind") == READING:
            for one, of_it in entry.get("parts", ()):
                before = self._logged.get(str(one))
                digests = before.digests if before else frozenset[str]()
                self._logged[str(one)] = _Logged(entry["_id"], entry["at"], digests | {str(of_it)})

    async def _waiting(self) -> set[str]:
        rows = await self._database[WAITING].find().to_list(None)
        late = [row["_id"] for row in rows if machine_time() - row["at"] > LONGEST_WAIT]
        self._fault(*(f"the entries of unit of work {one} have waited for over a minute to be linked" for one in late))
        acts = [act for row in rows for act in row["acts"]]
        entries = await find_each(self._log[ACTS], acts)
        for entry in entries:
            self._note(entry)
        gone = set(acts).difference(entry["_id"] for entry in entries)
        self._fault(*(f"entry {act} is gone, which waits to be linked" for act in sorted(gone)))
        self.result.waiting = len(acts)
        return set(acts)

    async def _heads(self) -> None:
        stored = {row["number"]: row async for row in self._log[HEADS].find()}
        for number, head in sorted(self._published.items()):
            if number > self.result.head.number:
                self._fault(f"links {self.result.head.number + 1} to {number} are gone: {head.day} published the last")
            if number in stored and stored[number]["hash"] != head.hash:
                self._fault(f"the head of {head.day} in the store is not the one that was published")

    async def _compare(self, readings: Mapping[str, "_Reading"]) -> None:
        """Compare the readings with what the log holds of each; those from before the log began are not in it."""
        began = min((one.at for one in self._logged.values()), default=datetime.max.replace(tzinfo=UTC))
        for one, reading in readings.items():
            logged = self._logged.get(one)
            if logged is None and (reading.is_new or reading.at > began + UPGRADED_WITHIN):
                self._fault(f"reading {one} was put in: no entry holds it")
            elif logged is not None and reading.digest not in logged.digests:
                self._fault(f"reading {one} was changed: entry {logged.entry} holds another")
        oldest = machine_time() - timedelta(seconds=RETENTION_S)
        absent = [one for one in self._logged if one not in readings and self._logged[one].at > oldest]
        there = {row["_id"] for row in await find_each(self._database[READINGS], absent, ["_id"])}
        gone = [one for one in absent if one not in there]
        self._fault(*(f"reading {one} is gone: entry {self._logged[one].entry} holds it" for one in gone))


class _Reading(NamedTuple):
    """A reading in the store; `is_new`: by a version that logs it."""

    digest: str
    at: datetime
    is_new: bool

    @classmethod
    def of(cls, row: Document) -> Self:
        return cls(digest_of_reading(row), row["at"], "subject_area" in row)


def _entry(row: Document) -> str:
    return f"entry {row['_id']} ({row.get('kind')} of {row.get('subject')} at {row.get('at')})"


async def logs(books: Books) -> list[Finding]:
    """Verify the log of every service of the city; a finding counts its links."""
    return [finding async for finding in each_log(books)]


async def each_log(books: Books) -> AsyncIterator[Finding]:
    """Yield the finding of each service's log."""
    for service in books.databases:
        verified = await verify(books.of(service), await published_heads(books.kafka, service))
        entries = verified.links + verified.waiting
        yield Finding.of(f"log of {service}: entries = linked", entries, verified.links, verified.faults)


async def published_heads(bootstrap: str, service: str) -> list[LogHead]:
    """Return the heads that a service has published, as far as the bus holds them."""
    topics = [one.topic for one in contracts_of(service) if issubclass(one, LogHead)]
    if not topics:
        return []
    consumer = AIOKafkaConsumer(**asking(bootstrap), auto_offset_reset="earliest", enable_auto_commit=False)
    heads: list[LogHead] = []
    await start(consumer, bootstrap)
    try:
        consumer.assign(await partitions(bootstrap, *topics))
        async for _, records in to_end(consumer):
            events = (decode(record.headers, record.value) for record in records if _is_head(record.headers))
            heads += [event for event in events if isinstance(event, LogHead)]
    finally:
        await consumer.stop()
    return heads


def _is_head(headers: ReadHeaders) -> bool:
    return type_of(headers) in {name for name, one in contracts().items() if issubclass(one, LogHead)}
