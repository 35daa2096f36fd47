"""Checkpoint's use cases, by what they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.checkpoint.replicas import Known
from services.checkpoint.scanlog import ScanLog
from services.checkpoint.showing import Reader
from services.checkpoint.store import Store
from shared import metrics
from shared.clock import Clock
from shared.errors import Unavailable
from shared.sealing import Sealer
from shared.unit_of_work import UnitOfWorkFactory

RETRY_AFTER_S = 1


@dataclass
class InFlight:
    """How many scans are being answered, and how many may be: that is what bounds the memory of a process."""

    limit: int
    scans: int = 0

    @contextmanager
    def admitted(self, scans: int) -> Iterator[None]:
        """Count the scans in while they are answered. Raises `Unavailable` when they are too many: none was begun."""
        if self.scans + scans > self.limit:
            text = f"Too many scans at once: send them again after {RETRY_AFTER_S} s"
            raise Unavailable("checkpoint.busy", text, RETRY_AFTER_S)
        self._count(scans)
        try:
            yield
        finally:
            self._count(-scans)

    def _count(self, scans: int) -> None:
        self.scans += scans
        metrics.SCANS_IN_FLIGHT.set(self.scans)


@dataclass(frozen=True)
class Deps:
    """What checkpoint's use cases work with."""

    store: Store
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    zone: ZoneInfo
    known: Known
    reader: Reader
    id_hash_key: bytes
    sealer: Sealer
    log: ScanLog
    in_flight: InFlight
