"""Checkpoint's store: one class of named queries for each thing it keeps."""

from collections.abc import Mapping, Sequence

from services.checkpoint.store import alerts, gates, passages, presence
from shared.mongo import Database, IndexModel

INDEXES: Mapping[str, Sequence[IndexModel]] = alerts.INDEXES | gates.INDEXES | passages.INDEXES | presence.INDEXES


class Store:
    """What checkpoint keeps, by what it is about."""

    def __init__(self, database: Database) -> None:
        self.alerts = alerts.Alerts(database)
        self.gates = gates.Gates(database)
        self.passages = passages.Passages(database)
        self.presence = presence.Presence(database)
