"""What each service publishes once it has erased what it held of a person: counts by kind, and what stays by law."""

from datetime import datetime

from shared.envelope.event import Event


class Erased(Event):
    """`removed` and `kept` count documents by kind of data; what is kept stays under the random id alone."""

    resident_id: str
    request_id: str
    area_path: str
    erased_at: datetime
    removed: dict[str, int]
    kept: dict[str, int]


class CheckpointErased(Erased, topic="checkpoint.erasures.v1", key="resident_id", compacted=True, name="PersonErased"):
    """Checkpoint has erased a person."""


class IsolationErased(Erased, topic="isolation.erasures.v1", key="resident_id", compacted=True, name="PersonErased"):
    """Isolation has erased a person."""


class SupplyErased(Erased, topic="supply.erasures.v1", key="resident_id", compacted=True, name="PersonErased"):
    """Supply has erased a person."""


class NotificationErased(
    Erased, topic="notification.erasures.v1", key="resident_id", compacted=True, name="PersonErased"
):
    """Notification has erased a person."""
