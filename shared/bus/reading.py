"""A record becomes an event: every consumer reads its records here, and only those that their owner has signed."""

from typing import Any

from shared.bus.consumer import EventConsumer
from shared.envelope.event import BrokenMessage, Event, decode, is_base, type_of
from shared.envelope.letters import Record
from shared.envelope.macs import Macs


def read_event(record: Record, consumer: EventConsumer[Any], macs: Macs) -> Event:  # Any: whatever the deps are
    """Return the event that a record carries for a consumer. Raises `BrokenMessage`."""
    macs.check(record.topic, record.key, record.value, record.headers)
    event = decode(record.headers, record.value, record.topic)
    if is_base(type(event)) and consumer.registered(type(event)) is None:
        text = "no such event is known, and no handler takes all events of its topic; upgrade, then replay"
        raise BrokenMessage("unknown_type", f"{type_of(record.headers)}: {text}")
    if record.key != event.key.encode():
        raise BrokenMessage("wrong_key", f"the key is not the {event.key_field} in the value")
    return event
