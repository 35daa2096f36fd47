"""What every service answers to operators: how it is, and its dead letters; and checkpoint about silent devices."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from services.console.client.views import Page

# A replay without a result may be sent again after this time, as the services have it.
RESULT_WITHIN = timedelta(minutes=10)


class Process(BaseModel):
    """A process of a service, as it reported itself."""

    process_id: str
    role: str
    version: str
    started_at: datetime
    seen_at: datetime
    is_silent: bool
    missing: list[str]


class Lag(BaseModel):
    """A partition that a consumer group reads, and how many of its records wait."""

    group: str
    topic: str
    partition: int
    end: int
    handled: int | None
    waiting: int


class Outbox(BaseModel):
    """Events that are stored and not published."""

    pending: int
    oldest_at: datetime | None
    topics: dict[str, int]


class LetterCounts(BaseModel):
    """Dead letters by what is to be done with them."""

    waiting: int
    replayed: int
    read: bool
    behind: int


class ServiceState(BaseModel):
    """How a service is."""

    service: str
    version: str
    ready: bool
    missing: list[str]
    processes: list[Process]
    lag: list[Lag] | None
    outbox: Outbox
    newest_event_at: datetime | None
    newest_event_age_s: float | None
    dead_letters: LetterCounts

    @property
    def is_well(self) -> bool:
        """Whether the process that answered is ready, and every other that reports."""
        return self.ready and not any(one.missing for one in self.running)

    @property
    def running(self) -> list[Process]:
        """The processes that report."""
        return [one for one in self.processes if not one.is_silent]

    @property
    def versions(self) -> list[str]:
        """The versions that run, each once."""
        return sorted({self.version, *(one.version for one in self.running)})

    @property
    def waiting(self) -> int | None:
        """How many records wait on the bus; None where that is not known."""
        return None if self.lag is None else sum(one.waiting for one in self.lag)


class Letter(BaseModel):
    """A dead letter of a service."""

    letter_id: str
    topic: str
    partition: int
    offset: int
    group: str
    handler: str
    reason: str
    message: str
    event_type: str
    event_id: str
    correlation_id: str
    size: int
    at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    why: str
    settled_at: datetime | None

    @property
    def was_on_bus(self) -> bool:
        """Whether its record stood on a topic; work that its service gave up did not."""
        return self.offset >= 0

    @property
    def may_be_replayed(self) -> bool:
        """Whether a replay has an effect, as far as the page knows."""
        if self.state == "replayed" and self.decided_at:
            return datetime.now(UTC) - self.decided_at > RESULT_WITHIN
        return self.state in ("waiting", "given_up")


class Letters(Page[Letter]):
    """A page of dead letters; `read` tells whether the bus answered the service."""

    read: bool
    behind: int
    waiting: int


class PayloadField(BaseModel):
    """A field of a record, without what it says."""

    name: str
    kind: str
    size: int | None
    is_required: bool


class Payload(BaseModel):
    """What a record's value looks like."""

    problem: str
    fields: list[PayloadField]
    others: int


class LetterFile(Letter):
    """A dead letter with the shape of its record."""

    payload: Payload


class RefusedLetter(BaseModel):
    """A letter on which a decision was refused."""

    letter_id: str
    code: str
    detail: str


class Decided(BaseModel):
    """What became of a decision on letters."""

    items: list[Letter]
    refused: list[RefusedLetter]


class SilentDevice(BaseModel):
    """A device at a gate without a sign of life."""

    device_id: str
    gate_id: str
    gate_name: str
    area_path: str
    name: str
    last_seen: datetime
    app_version: str | None
    is_closed: bool
