"""What registration publishes of the rights of a person: requests, their answers, and the order to erase (N11)."""

from datetime import datetime

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum
from shared.events.registration import ResidentEvent

RIGHTS = "registration.rights.v1"
ERASURES = "registration.erasures.v1"


class RightKind(OpenEnum):
    """For what a person asks."""

    EXPORT = "export"
    CORRECTION = "correction"
    ERASURE = "erasure"


class RightState(OpenEnum):
    """Where a request stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class RightsEvent(Event, topic=RIGHTS, key="request_id", compacted=True, base=True):
    """The public state of a request: of whom, for what, until when it is to be answered, and whether it was granted."""

    request_id: str
    resident_id: str
    area_path: str
    kind: RightKind
    state: RightState
    asked_at: datetime
    due_at: datetime
    decided_at: datetime | None = None


class RightsRequested(RightsEvent):
    """A person has asked."""


class RightsAnswered(RightsEvent):
    """An official granted or refused what was asked."""


class ResidentErased(ResidentEvent):
    """The data of a resident was erased for good: no hash, no door and no household is left."""


class ErasureOrdered(Event, topic=ERASURES, key="resident_id", compacted=True):
    """Every service erases what it holds of the resident, and confirms it on a topic of its own."""

    resident_id: str
    request_id: str
    area_path: str
    ordered_at: datetime
