"""The dead letters of one service, as its store lists them: read from the bus when a list is asked for.

The bus has the records; the store has where each lies, why it is there and what was decided (ADR 34). No payload, no
key and no name is stored. A bus that was lost begins anew, and what was listed before stays.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from aiokafka.errors import KafkaError

from shared.base.clock import loop_time, machine_time
from shared.base.sealing import RECORD_FORM, Sealer, is_seal
from shared.bus.kafka import UnknownTopic
from shared.bus.letter_reading import Stretch, letters_from
from shared.envelope.event import attributes_of
from shared.envelope.letters import LONGEST_MESSAGE, DeadLetter, topic_of
from shared.store.by_time import TimePosition, by_time
from shared.store.mongo import (
    ASCENDING,
    DESCENDING,
    Database,
    Document,
    IndexModel,
    PyMongoError,
    Session,
    is_duplicate,
)
from shared.store.queries import known_ids
from shared.store.resealing import SealedByHand

LETTERS, POSITIONS = "letters", "letter_positions"
# Longer than the bus keeps dead letters (30 days), so that what was decided is seen for as long.
RETENTION_S = 45 * 86_400
LOOK_AGAIN_S = 2.0
READ_WITHIN_S = 4.0
# A replay whose result is not known after this time, as of a process of an earlier version, may be sent again.
RESULT_WITHIN = timedelta(minutes=10)
_CONTEXT = "letters.why"
_LONGEST_WORD = 120
_TYPE = re.compile(r"[A-Za-z][A-Za-z_.-]{0,100}\.v[0-9]{1,4}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

INDEXES = {
    LETTERS: [
        IndexModel([("state", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=RETENTION_S),
        IndexModel([("origin", ASCENDING)]),
    ]
}


class LetterState(StrEnum):
    """How it stands with a dead letter. One that fails again is a new dead letter beside the first."""

    WAITING = "waiting"
    REPLAYED = "replayed"  # its service has not handled it yet, as far as is known
    HANDLED = "handled"
    SKIPPED = "skipped"  # the service handles no such event
    FAILED_AGAIN = "failed_again"
    GIVEN_UP = "given_up"


OUTCOMES = {
    "done": LetterState.HANDLED,
    "repeated": LetterState.HANDLED,
    "skipped": LetterState.SKIPPED,
    "dead": LetterState.FAILED_AGAIN,
}


class Look(NamedTuple):
    """What a look at the bus came to: whether it answered, and how many of its records are not listed yet."""

    answered: bool
    behind: int


class LetterBook:
    """Lists the dead letters of a service. Many requests look at the bus as often as one."""

    def __init__(self, database: Database, bootstrap: str, service: str, sealer: Sealer | None = None) -> None:
        self.service = service
        self.topic = topic_of(service)
        self.bootstrap = bootstrap
        self._letters = database[LETTERS]
        self._positions = database[POSITIONS]
        self._sealer = sealer
        self._looking: asyncio.Task[Look] | None = None
        self._looked_at = float("-inf")

    async def look(self) -> Look:
        """Bring the list up to date with the bus, as far as that takes no longer than some seconds."""
        if self._looking is None or (self._looking.done() and loop_time() - self._looked_at > LOOK_AGAIN_S):
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> Look:
        try:
            async with asyncio.timeout(2 * READ_WITHIN_S):
                known = {int(row["_id"]): (row["next"], row["last"]) async for row in self._positions.find()}
                async with letters_from(self.bootstrap, self.topic) as reader:
                    behind = await reader.begin(known)
                    until = loop_time() + READ_WITHIN_S
                    while behind and loop_time() < until:
                        stretch = await reader.next_stretch()
                        await self._keep(stretch)
                        behind = stretch.behind
            return Look(True, behind)
        except (KafkaError, UnknownTopic, TimeoutError, OSError):
            return Look(False, 0)
        finally:
            self._looked_at = loop_time()

    async def _keep(self, stretch: Stretch) -> None:
        letters = [one for one in stretch.letters if not one.decision]
        await self._insert([row_of(one) for one in letters])
        for one in stretch.letters:
            if one.decision and one.origin:
                await self._mark(one)
        for partition, (following, last) in stretch.positions.items():
            at = {"next": following, "last": last}
            await self._positions.update_one({"_id": str(partition)}, {"$set": at}, upsert=True)

    async def _insert(self, rows: Sequence[Document]) -> None:
        known = await known_ids(self._letters, [row["_id"] for row in rows])
        for row in rows:
            if row["_id"] not in known:
                try:
                    await self._letters.insert_one(row)
                except PyMongoError as error:
                    if not is_duplicate(error):
                        raise  # another process has listed it since

    async def _mark(self, decided: DeadLetter) -> None:
        """Store a decision that was made without this store, as by a command line of an earlier version."""
        given_up = decided.decision == LetterState.GIVEN_UP
        state = LetterState.GIVEN_UP if given_up else LetterState.REPLAYED
        row = {"origin": decided.origin, "state": LetterState.WAITING.value}
        at = datetime.fromtimestamp(max(0, decided.record.timestamp) / 1000, UTC)
        await self._letters.update_many(row, {"$set": {"state": state.value, "decided_at": at}})

    async def settle(self, origin: str, outcome: str) -> None:
        """Store what became of a replay. A repeat, or one that another process settled, changes nothing."""
        open_states = [LetterState.WAITING.value, LetterState.REPLAYED.value]
        result = {"state": OUTCOMES[outcome].value, "settled_at": machine_time()}
        await self._letters.update_many({"origin": origin, "state": {"$in": open_states}}, {"$set": result})

    async def count(self, state: LetterState) -> int:
        """Return how many are in a state."""
        return await self._letters.count_documents({"state": state.value})

    async def page(
        self, state: LetterState | None, topic: str, newest_first: bool, after: TimePosition | None, limit: int
    ) -> list[Document]:
        """Return a page of the list, by the times of the letters."""
        only = {"state": state.value} if state else {}
        further = [{"topic": topic}] if topic else []
        rows = await by_time(self._letters, only, further, after, limit, newest_first)
        return list(map(self._show, rows))

    async def get(self, letter_id: str, session: Session | None = None) -> Document | None:
        """Return the row of a letter."""
        row = await self._letters.find_one({"_id": letter_id}, session=session)
        return self._show(row) if row else None

    async def decide(
        self, row: Document, state: LetterState, by: str, at: datetime, why: str, session: Session
    ) -> None:
        """Store a decision on a letter, in the transaction that carries it out."""
        kept = why
        if why and self._sealer and self._sealer.form >= RECORD_FORM:
            kept = self._sealer.seal(why, _CONTEXT, row["_id"])
        made = {"state": state.value, "decided_by": by, "decided_at": at, "why": kept, "settled_at": None}
        await self._letters.update_one({"_id": row["_id"]}, {"$set": made}, session=session)

    def _show(self, row: Document) -> Document:
        why = row.get("why", "")
        if self._sealer and is_seal(why):
            why = self._sealer.show(why, _CONTEXT, row["_id"])
        return row | {"why": why}

    @property
    def sealed(self) -> SealedByHand:
        """Why letters were given up, for resealing."""
        return SealedByHand(LETTERS, "why", _CONTEXT)


def row_of(letter: DeadLetter) -> Document:
    """Return what is stored of a dead letter: no payload, no key, and of the headers only what looks as it should."""
    attributes = attributes_of(letter.original_headers)
    taken = datetime.fromtimestamp(max(0, letter.record.timestamp) / 1000, UTC)
    return {
        "_id": letter.letter_id,
        "origin": letter.origin,
        "topic": letter.topic[:_LONGEST_WORD],
        "partition": letter.partition,
        "offset": letter.offset,
        "group": letter.group[:_LONGEST_WORD],
        "handler": letter.handler[:_LONGEST_WORD],
        "reason": letter.reason[:_LONGEST_WORD],
        "message": letter.message[:LONGEST_MESSAGE],
        "event_type": _as(_TYPE, attributes.get("ce_type", "")),
        "event_id": _as(_ID, attributes.get("ce_id", "")),
        "correlation": _as(_ID, attributes.get("ce_correlationid", "")),
        "size": len(letter.record.value or b""),
        "at": _time_of(letter.at) or taken,
        "state": LetterState.WAITING.value,
    }


def _as(form: re.Pattern[str], text: str) -> str:
    """Return the text of a header where it has the form of the platform's own; empty for what may be anything."""
    return text if form.fullmatch(text) else ""


def _time_of(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
