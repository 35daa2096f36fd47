"""Rules of a message's copies: how an attempt ends, when it is made again, and when a copy is given up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.notification.domain import Message
from shared.events.notification import Channel

# How long after a failed attempt a channel is tried again; after the last it is given up.
BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10))
TRIES = len(BACKOFF) + 1


class State(StrEnum):
    """Where a copy of a message stands."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Attempt:
    """How an attempt to send a copy ended, and when."""

    at: datetime
    outcome: str


@dataclass(frozen=True)
class Copy:
    """A message on its way by a channel. `settled` of the `attempts` begun have a known end, of `allowed` at most.

    `area_path` and `order` are the message's, empty in a copy that an earlier version stored and did not try since.
    """

    message_id: str
    channel: Channel
    created_at: datetime
    at: datetime
    state: State = State.SENDING
    attempts: int = 0
    settled: int = 0
    allowed: int = TRIES
    failure: str = ""
    area_path: str = ""
    order: str = ""
    tries: tuple[Attempt, ...] = ()

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried again; None where it waits for no other attempt."""
        waits = self.state is State.SENDING and self.failure and self.attempts < self.allowed
        return next_try(self, self.at) if waits else None

    @property
    def copy_id(self) -> str:
        """Message and channel."""
        return copy_id(self.message_id, self.channel)


def copy_id(message_id: str, channel: Channel) -> str:
    """Return the id of a message's copy by a channel."""
    return f"{message_id}/{channel.value}"


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    NOT_ALLOWED = "not_allowed"
    NO_ADDRESS = "no_address"
    UNREADABLE = "contact_unreadable"
    INTERRUPTED = "interrupted"


# After these outcomes a copy is tried again; after the others it is given up at once.
PASSING = frozenset({Outcome.REFUSED, Outcome.TIMED_OUT})
ADVICE = {
    Outcome.REFUSED: "the receiver refused it or could not be reached; see that it works",
    Outcome.TIMED_OUT: "the receiver did not answer in time; see that it works",
    Outcome.NOT_ALLOWED: "the contact's address is none, or its scheme, host or an option is not allowed; correct it",
    Outcome.NO_ADDRESS: "the contact no longer names that channel; state it again if it is wanted",
    Outcome.UNREADABLE: "the contact does not open; see that LASTMETRE_SEAL_KEY is the one of registration",
    Outcome.INTERRUPTED: "the process ended in the middle of every attempt; find out why",
}


def settle(copy: Copy, outcome: Outcome, now: datetime) -> Copy:
    """Return the copy after an attempt: sent, still to be sent, or failed for good."""
    copy = replace(copy, tries=(*copy.tries, Attempt(now, outcome.value)))
    if outcome is Outcome.SENT:
        return replace(copy, state=State.SENT, settled=copy.attempts, failure="", at=now)
    again = outcome in PASSING and copy.attempts < copy.allowed
    state = State.SENDING if again else State.FAILED
    return replace(copy, state=state, settled=copy.attempts, failure=outcome.value, at=now)


def next_try(copy: Copy, now: datetime) -> datetime:
    """Return when a copy that did not arrive is tried again."""
    return now + BACKOFF[copy.attempts - copy.allowed]  # counted from the end: the last wait comes before the last try


def resumed(copy: Copy, now: datetime) -> Copy:
    """Return a failed copy with as many tries before it as a new one has."""
    return replace(copy, state=State.SENDING, allowed=copy.attempts + TRIES, at=now)


def copy_of(message: Message, channel: Channel, now: datetime) -> Copy:
    """Return the copy of a message that is about to go by a channel."""
    return Copy(message.message_id, channel, now, now, area_path=message.area_path, order=message.order)


def of_message(copy: Copy, message: Message) -> Copy:
    """Return the copy with what it has of its message, which one of an earlier version lacks."""
    return replace(copy, area_path=message.area_path, order=message.order)
