"""Dead letters: what a service could not read or refused, as the bus carries it, with the reason and the place.

A decision on a dead letter lies behind it on the same topic: the replay itself, or a mark without a value.
"""

from dataclasses import replace
from typing import NamedTuple, TypeAlias

from aiokafka import ConsumerRecord

from shared.base.clock import machine_time
from shared.envelope.event import Event, Headers, Wire, encode

NEVER_ON_BUS = -1
LONGEST_MESSAGE = 1_000
REPLAYED = "dl_replayed"
DECIDED = "dl_decided"  # the header of a mark: what was decided on the letter of the same origin

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


def topic_of(service: str) -> str:
    """Return the dead-letter topic of a service."""
    return f"{service}.dead-letters.v1"


class DeadLetter(NamedTuple):
    """One dead letter: where it stood, whose it was, why it is here, and the record itself."""

    topic: str
    partition: int
    offset: int
    group: str
    handler: str
    reason: str
    message: str
    at: str
    record: Record

    @property
    def original_headers(self) -> Headers:
        """The headers as they were before."""
        return [(name, value) for name, value in self.record.headers if not name.startswith("dl_")]

    @property
    def original(self) -> Record:
        """The record as it stood at its own place."""
        place = {"topic": self.topic, "partition": self.partition, "offset": self.offset}
        return replace(self.record, headers=tuple(self.original_headers), **place)

    @property
    def replayed(self) -> bool:
        """Whether this letter is a replay, meant for the consumer that could not handle the first."""
        return any(name == REPLAYED for name, _ in self.record.headers)

    @property
    def decision(self) -> str:
        """What this record decides on the letter of the same origin; empty for a letter."""
        return "replayed" if self.replayed else _text(self.record, DECIDED)

    @property
    def origin(self) -> str:
        """What a letter, its replays and the marks about it have in common, and no other; empty for no dead letter."""
        return self.at and f"{self.topic}/{self.partition}/{self.offset}/{self.group}/{self.handler}/{self.at}"

    @property
    def letter_id(self) -> str:
        """The id of the letter: where it lies among the dead letters, and when the bus took it."""
        return f"{self.record.partition}-{self.record.offset}-{max(0, self.record.timestamp)}"


def letter(event: Event, reason: str, message: str, handler: str) -> Wire:
    """Return the dead letter of work that its service has given up: its replay publishes `event`, which resumes it.

    The event has not been on the bus, so its partition and offset are -1.
    """
    wire = encode(event)
    fields = about(wire.topic, NEVER_ON_BUS, NEVER_ON_BUS, reason, message, handler, "")
    return Wire(topic_of(event.meta.source), wire.key, [*wire.headers, *fields], wire.value)


def about(topic: str, partition: int, offset: int, reason: str, message: str, handler: str, group: str) -> Headers:
    """Return the headers that say of a dead letter where its record stood and why it is one."""
    fields = {
        "dl_topic": topic,
        "dl_partition": str(partition),
        "dl_offset": str(offset),
        "dl_group": group,
        "dl_handler": handler,
        "dl_reason": reason,
        "dl_message": message[:LONGEST_MESSAGE],
        "dl_at": machine_time().isoformat(),
    }
    return [(name, value.encode(errors="replace")) for name, value in fields.items()]


def read(record: Record) -> DeadLetter:
    """Return the dead letter that a record of a dead-letter topic is."""
    about = {n: (value or b"").decode(errors="replace") for n, value in record.headers if n.startswith("dl_")}
    return DeadLetter(
        topic=about.get("dl_topic", ""),
        partition=_number(about.get("dl_partition", "")),
        offset=_number(about.get("dl_offset", "")),
        group=about.get("dl_group", ""),
        handler=about.get("dl_handler", ""),
        reason=about.get("dl_reason", ""),
        message=about.get("dl_message", ""),
        at=about.get("dl_at", ""),
        record=record,
    )


def mark(letter: DeadLetter, decision: str) -> Headers:
    """Return the headers of a mark that states what was decided on a letter."""
    kept = [(name, value or b"") for name, value in letter.record.headers if name.startswith("dl_")]
    return [*kept, (DECIDED, decision.encode())]


def _text(record: Record, header: str) -> str:
    return next(((value or b"").decode(errors="replace") for name, value in record.headers if name == header), "")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else NEVER_ON_BUS
