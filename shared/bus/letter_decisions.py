"""Replays dead letters and gives them up: each decision once, in one transaction with its entry in the log of acts.

A replay leaves through the outbox, so it is published if its decision is stored, and a repeated request finds it
decided. Readers know a record that comes twice by its id.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from shared.base.clock import machine_time
from shared.base.errors import Conflict, DomainError, NotFound, Unavailable
from shared.base.ids import new_id
from shared.bus.kafka import UnknownTopic
from shared.bus.letter_book import RESULT_WITHIN, LetterBook, LetterState
from shared.bus.letter_reading import letters_from
from shared.envelope.event import BrokenMessage, Headers, attributes_of, contracts_of
from shared.envelope.letters import NEVER_ON_BUS, REPLAYED, DeadLetter, mark
from shared.envelope.macs import Macs
from shared.store import act_log
from shared.store.faults import SERVER_ERRORS
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWorkFactory, retry_conflicts

REPLICA = "replica"  # the handler of a letter that a replica refused
REPLAY_ACT, GIVE_UP_ACT = "dead-letter.replay", "dead-letter.give-up"


class Refused(NamedTuple):
    """A letter on which the decision was refused, and why."""

    letter_id: str
    error: DomainError


class Decided(NamedTuple):
    """The letters that were decided on, or had been before, as they stand now, and those that were refused."""

    rows: list[Document]
    refused: list[Refused]


class LetterDecisions:
    """Decides on the dead letters of a service."""

    def __init__(self, book: LetterBook, unit_of_work: UnitOfWorkFactory, macs: Macs) -> None:
        self.book = book
        self._unit_of_work = unit_of_work
        self._macs = macs

    async def replay(self, letter_ids: Sequence[str], by: str) -> Decided:
        """Have letters handled again. Raises `Unavailable` while the bus does not give them."""
        letters = await self._find(letter_ids)

        async def one(row: Document) -> Document:
            if not _may_replay(row):
                return row
            letter = letters.get(row["_id"])
            if letter is None:
                raise _not_kept()
            return await self._replay(row["_id"], self._carriers(letter), by)

        return await self._each(letter_ids, one)

    async def give_up(self, letter_ids: Sequence[str], by: str, why: str) -> Decided:
        """Leave letters as they are for good, for a reason; one that waits alone can be given up."""
        letters = await self._find(letter_ids)

        async def one(row: Document) -> Document:
            if row["state"] == LetterState.GIVEN_UP:
                return row
            if row["state"] != LetterState.WAITING:
                raise _decided_otherwise()
            return await self._give_up(row["_id"], letters.get(row["_id"]), by, why)

        return await self._each(letter_ids, one)

    async def _find(self, letter_ids: Sequence[str]) -> dict[str, DeadLetter]:
        await self.book.look()
        try:
            async with letters_from(self.book.bootstrap, self.book.topic) as reader:
                return await reader.find(letter_ids)
        except (*SERVER_ERRORS, UnknownTopic, TimeoutError):
            text = "The bus does not give the record now: nothing was changed; try again soon"
            raise Unavailable("dead_letters.bus_away", text, 2) from None

    async def _each(self, letter_ids: Sequence[str], decide: Callable[[Document], Awaitable[Document]]) -> Decided:
        decided = Decided([], [])
        for letter_id in dict.fromkeys(letter_ids):
            try:
                row = await self.book.get(letter_id)
                if row is None:
                    raise NotFound("dead_letters.unknown", "This service has no such dead letter: open the list again")
                decided.rows.append(await decide(row))
            except DomainError as error:
                decided.refused.append(Refused(letter_id, error))
        return decided

    def _carriers(self, letter: DeadLetter) -> list[Document]:
        """Return what the outbox publishes. Raises `Conflict` for a letter of which a replay could do nothing good."""
        if letter.handler == REPLICA:
            text = (
                f"A replica refused it, which a replay does not reach: have the owner publish {letter.topic} again"
                " ('lastmetre topics republish'), then give this letter up"
            )
            raise Conflict("dead_letters.of_a_replica", text, topic=letter.topic)
        if letter.offset != NEVER_ON_BUS or not letter.topic:
            replayed = (REPLAYED, machine_time().isoformat().encode())
            return [self._as_it_is(letter, [*letter.record.headers, replayed])]
        self._check_own(letter)
        event = self._carrier(letter, letter.topic, letter.original_headers)
        return [event, self._mark(letter, LetterState.REPLAYED)]

    def _check_own(self, letter: DeadLetter) -> None:
        """Raise `Conflict` unless the letter is work of this service that it gave up: no other event is published."""
        record = letter.record
        try:
            if letter.topic not in {contract.topic for contract in contracts_of(self.book.service)}:
                raise BrokenMessage("forged", f"{letter.topic} is another service's")
            self._macs.check(letter.topic, record.key, record.value, letter.original_headers)
        except BrokenMessage as error:
            text = f"The record is not this service's own ({error}), so it is not published: give it up"
            raise Conflict("dead_letters.not_own", text) from None

    def _mark(self, letter: DeadLetter, state: LetterState) -> Document:
        return self._as_it_is(letter, mark(letter, state)) | {"value": b""}

    def _as_it_is(self, letter: DeadLetter, headers: Sequence[tuple[str, bytes | None]]) -> Document:
        """Return a record of the dead-letter topic, which has its owner's MAC and is signed by no other service."""
        carrier = self._carrier(letter, self.book.topic, [(name, value or b"") for name, value in headers])
        return carrier | {"as_is": True, "raw_key": letter.record.key}

    def _carrier(self, letter: DeadLetter, topic: str, headers: Headers) -> Document:
        record = letter.record
        return {
            "id": attributes_of(headers).get("ce_id") or new_id(),
            "topic": topic,
            "key": (record.key or b"").decode(errors="replace"),
            "type": "dead-letter",
            "headers": [[name, value] for name, value in headers],
            "value": record.value or b"",
        }

    @retry_conflicts
    async def _replay(self, letter_id: str, carriers: list[Document], by: str) -> Document:
        async with self._unit_of_work() as work:
            row = await self.book.get(letter_id, work.session)
            if row is not None and _may_replay(row):
                await self.book.decide(row, LetterState.REPLAYED, by, machine_time(), "", work.session)
                work.send(*carriers)
                facts = {"letter": letter_id, "origin": row["origin"]}
                work.log(act_log.Act(REPLAY_ACT, letter_id, act_log.digest(facts)))
        return await self.book.get(letter_id) or {}

    @retry_conflicts
    async def _give_up(self, letter_id: str, letter: DeadLetter | None, by: str, why: str) -> Document:
        async with self._unit_of_work() as work:
            row = await self.book.get(letter_id, work.session)
            if row is not None and row["state"] == LetterState.WAITING:
                await self.book.decide(row, LetterState.GIVEN_UP, by, machine_time(), why, work.session)
                if letter is not None:  # the audit and the command line learn of it on the bus
                    work.send(self._mark(letter, LetterState.GIVEN_UP))
                facts = {"letter": letter_id, "origin": row["origin"], "why": why}
                work.log(act_log.Act(GIVE_UP_ACT, letter_id, act_log.digest(facts)))
        return await self.book.get(letter_id) or {}


def _may_replay(row: Document) -> bool:
    """Whether a replay has an effect: the letter waits, was given up, or its replay came to no result that is known."""
    if row["state"] == LetterState.REPLAYED:
        decided_at = row.get("decided_at")
        return decided_at is not None and machine_time() - decided_at > RESULT_WITHIN
    return row["state"] in (LetterState.WAITING, LetterState.GIVEN_UP)


def _not_kept() -> Conflict:
    return Conflict("dead_letters.gone", "The bus keeps this record no longer, so it cannot be replayed: give it up")


def _decided_otherwise() -> Conflict:
    return Conflict("dead_letters.replayed", "It was replayed already: open it again and look at the result")
