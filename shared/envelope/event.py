"""Events and their envelope: CloudEvents 1.0, Kafka binary mode (attributes in `ce_*` headers, JSON in the value)."""

import dataclasses
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

SPEC_VERSION = "1.0"
MARKER_TYPE = "shared.TopicComplete.v1"
FORGED = "forged"  # the reason of records that the owner of their topic did not write
# Events are ids and facts: one that is larger is a mistake, and the bus would refuse it when it is too late to say so.
LARGEST_BYTES = 900_000
Headers = list[tuple[str, bytes]]
ReadHeaders = Iterable[tuple[str, bytes | None]]

_TOPIC = re.compile(r"[a-z]+\.[a-z-]+\.v[0-9]+")
_registry: dict[str, type["Event"]] = {}
_bases: dict[str, type["Event"]] = {}  # by topic


class Meta(NamedTuple):
    """Who published the event, when and in answer to what; travels in headers."""

    id: str
    time: datetime
    source: str
    correlation_id: str
    causation_id: str = ""


class Event(BaseModel):
    """A fact that a service publishes: ids and facts, never a name, a phone number or an identity number.

    A subclass says its topic and the field that is the key: `class AlertRaised(Event, topic=ALERTS, key="subject")`.
    The events of an aggregate have a `base` that carries the aggregate's whole public state, and are subclasses of it:
    `class CaseEvent(Event, topic=CASES, key="case_id", compacted=True, base=True)`, `class CaseOpened(CaseEvent)`.
    A reader takes a type that it does not know for the base of its topic. Readers ignore fields they do not know, so a
    contract may gain optional ones. A `retired` contract is read for as long as the bus may hold it, and not published.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    topic: ClassVar[str]
    key_field: ClassVar[str]
    type: ClassVar[str]
    compacted: ClassVar[bool]
    retired: ClassVar[bool]

    _meta: Meta | None = PrivateAttr(default=None)

    @classmethod
    def __init_subclass__(
        cls,
        *,
        topic: str = "",
        key: str = "",
        compacted: bool = False,
        version: int = 1,
        name: str = "",
        base: bool = False,
        retired: bool = False,
    ) -> None:
        super().__init_subclass__()
        if topic:
            if not _TOPIC.fullmatch(topic):
                raise ValueError(f"{cls.__name__}: {topic!r} is not <service>.<aggregate>.v<n>")
            cls.topic, cls.key_field, cls.compacted = topic, key, compacted
        elif not hasattr(cls, "topic"):  # fields that several contracts share, no contract itself
            return
        cls.retired = retired
        cls.type = f"{cls.topic.partition('.')[0]}.{name or cls.__name__}.v{version}"
        known = _bases if base else _registry
        if (cls.topic if base else cls.type) in known:
            raise ValueError(f"two contracts are called {cls.type}, or two are the base of {cls.topic}")
        known[cls.topic if base else cls.type] = cls

    @classmethod
    def of(cls, aggregate: object, **more: Any) -> Self:  # Any: fields of any contract
        """Return the event that an aggregate makes: each field is its attribute of that name, or stands in `more`.

        Raises `TypeError` for a field that is private in the aggregate, pydantic's `ValidationError` for one missing.
        """
        kind: type = type(aggregate)
        private = _private(kind)
        facts = dict(more)
        for name in cls.model_fields.keys() - more.keys():
            if name in private:
                raise TypeError(f"{cls.__name__}.{name}: {kind.__name__}.{name} is private")
            if hasattr(aggregate, name):
                facts[name] = getattr(aggregate, name)
        return cls.model_validate(facts, from_attributes=True)

    @property
    def key(self) -> str:
        """The aggregate's id: the Kafka key, so order holds per aggregate."""
        return str(getattr(self, self.key_field))

    @property
    def meta(self) -> Meta:
        """The envelope. Raises `LookupError` while the event has not been stamped."""
        # Read where pydantic keeps it: by its name it costs bulk work more than the whole encoding of an event.
        meta: Meta | None = (self.__pydantic_private__ or {}).get("_meta")
        if meta is None:
            raise LookupError(f"{self.type} has not been stamped: emit it in a unit of work")
        return meta

    @property
    def id(self) -> str:
        """The event's id: the same however often it is delivered."""
        return self.meta.id

    @property
    def time(self) -> datetime:
        """When it happened, in UTC."""
        return self.meta.time

    def stamped(self, meta: Meta) -> Self:
        """Return the same event with its envelope."""
        copy = self.model_copy()
        copy._meta = meta
        return copy


class Wire(NamedTuple):
    """An event as Kafka carries it."""

    topic: str
    key: bytes
    headers: Headers
    value: bytes


class BrokenMessage(Exception):
    """A record that no retry can make readable; `reason` is a stable word for the dead letter."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Stamp:
    """The headers of events that share all but their ids, made once for all of them."""

    def __init__(
        self, contract: type[Event], time: datetime, source: str, correlation_id: str, causation_id: str = ""
    ) -> None:
        self._same: Headers = [
            *_constant(contract, source),
            ("ce_time", time.isoformat().encode()),
        ]
        if correlation_id:
            self._same.append(("ce_correlationid", correlation_id.encode()))
        if causation_id:
            self._same.append(("ce_causationid", causation_id.encode()))

    def headers(self, event_id: str) -> Headers:
        """Return the headers of the event with that id."""
        return [("ce_id", event_id.encode()), *self._same]


@cache
def _constant(contract: type[Event], source: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", SPEC_VERSION.encode()),
        ("ce_source", f"/lastmetre/{source}".encode()),
        ("ce_type", contract.type.encode()),
        ("content-type", b"application/json"),
    )


def encode(event: Event) -> Wire:
    """Return the event as Kafka carries it. Raises `LookupError` if not stamped, `ValueError` if it is too large."""
    meta = event.meta
    stamp = Stamp(type(event), meta.time, meta.source, meta.correlation_id, meta.causation_id)
    value = event.model_dump_json().encode()
    if len(value) > LARGEST_BYTES:
        raise ValueError(f"{event.type} has {len(value)} bytes, {LARGEST_BYTES} are allowed: say it in several events")
    return Wire(event.topic, event.key.encode(), stamp.headers(meta.id), value)


def attributes_of(headers: ReadHeaders) -> dict[str, str]:
    """Return the headers as text, whatever their bytes are; of several with one name, the last."""
    return {name: (raw or b"").decode(errors="replace") for name, raw in headers}


def type_of(headers: ReadHeaders) -> str:
    """Return the event type that the headers name, or an empty text."""
    return attributes_of(headers).get("ce_type", "")


def decode(headers: ReadHeaders, value: bytes | None, topic: str = "") -> Event:
    """Return the event that a record of a topic carries; one of a type not known here as the base of its topic.

    Raises `BrokenMessage` with reason `not_an_event`, `unknown_version`, `unknown_type`, `forged` or `invalid`.
    """
    attributes = attributes_of(headers)
    ce_type, ce_id = attributes.get("ce_type", ""), attributes.get("ce_id", "")
    if attributes.get("ce_specversion") != SPEC_VERSION or not ce_id or not ce_type:
        raise BrokenMessage("not_an_event", f"CloudEvents {SPEC_VERSION} headers ce_id, ce_type, ce_time are required")
    contract = _contract(ce_type, topic)
    if topic and contract.topic != topic:
        # A service that writes its own topics must not state there what only another service knows.
        raise BrokenMessage(FORGED, f"{ce_type} is an event of {contract.topic} and stands in {topic}")
    try:
        event = contract.model_validate_json(value or b"")
        time = _time(attributes.get("ce_time", ""))
    except ValueError as error:
        raise BrokenMessage("invalid", f"{ce_type}: {_sentence(error)}; publish it as its contract says") from None
    event._meta = Meta(  # no other code has it yet: a stamped copy would cost as much as reading it
        id=ce_id,
        time=time,
        source=attributes.get("ce_source", "").removeprefix("/lastmetre/"),
        correlation_id=attributes.get("ce_correlationid", ""),
        causation_id=attributes.get("ce_causationid", ""),
    )
    return event


def _contract(ce_type: str, topic: str) -> type[Event]:
    if contract := _registry.get(ce_type):
        return contract
    name = ce_type.rpartition(".")[0]
    if any(known.rpartition(".")[0] == name for known in _registry):
        raise BrokenMessage("unknown_version", f"{ce_type}: that version is not known here; upgrade, then replay")
    if topic in _bases:
        return _bases[topic]
    raise BrokenMessage("unknown_type", f"{ce_type}: no such event is known; upgrade, then replay")


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("ce_time has no offset from UTC")
    return time


def _sentence(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        # Inputs stay out: a dead letter's reason may be logged, and a body may hold anything.
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)[:3])
    return str(error)


@cache
def _private(kind: type) -> frozenset[str]:
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    return frozenset(field.name for field in fields if field.metadata.get("private"))


def base_of(topic: str) -> type[Event] | None:
    """Return what all events of a topic carry, where that is declared."""
    return _bases.get(topic)


def is_base(contract: type[Event]) -> bool:
    """Whether it is no contract of its own, but what all events of an aggregate carry."""
    return _bases.get(contract.topic) is contract


def contracts_of(service: str) -> list[type[Event]]:
    """Return the contracts of a service in the order of their types, retired ones too."""
    return [contract for _, contract in sorted(_registry.items()) if contract.topic.partition(".")[0] == service]


def contracts() -> dict[str, type[Event]]:
    """Return every contract by its type, as far as its module has been imported."""
    return dict(_registry)
