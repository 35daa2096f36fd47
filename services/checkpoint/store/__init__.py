"""Checkpoint's store: one class of named queries for each thing it keeps."""

from collections.abc import Mapping, Sequence

from services.checkpoint.store import (
    alerts,
    checkpoints,
    devices,
    flow,
    gates,
    outings,
    overrides,
    passages,
    passes,
    permits,
    presence,
    tries,
)
from shared.base.sealing import Sealer
from shared.store.mongo import Database, IndexModel

_KEPT = (alerts, checkpoints, devices, gates, outings, overrides, passages, passes, permits, presence, tries)

INDEXES: Mapping[str, Sequence[IndexModel]] = {name: models for kept in _KEPT for name, models in kept.INDEXES.items()}


class Store:
    """What checkpoint keeps, by what it is about."""

    def __init__(self, database: Database, sealer: Sealer, presence_buckets: int = presence.BUCKETS) -> None:
        self.alerts = alerts.Alerts(database, sealer)
        self.checkpoints = checkpoints.Checkpoints(database)
        self.devices = devices.Devices(database)
        self.flow = flow.Flow(database)
        self.gates = gates.Gates(database)
        self.pass_uses = passes.PassUses(database)
        self.outings = outings.HouseholdOutings(database)
        self.overrides = overrides.Overrides(database, sealer)
        self.permits = permits.Permits(database, sealer)
        self.passages = passages.Passages(database)
        self.tries = tries.Tries(database)
        self.presence = presence.Presence(database, presence_buckets)
