"""Checkpoint's use cases, by what they are about."""

from dataclasses import dataclass, field
from datetime import datetime
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


class InFlight:
    """How many scans are being answered, and how many may be: that is what bounds the memory of a process."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.scans = 0
        metrics.SCANS_IN_FLIGHT.set_function(lambda: self.scans)

    def admit(self, scans: int) -> None:
        """Count the scans in; whoever does counts them out. Raises `Unavailable` when they are too many."""
        if self.scans + scans > self.limit:
            text = f"Too many scans at once: send them again after {RETRY_AFTER_S} s"
            raise Unavailable("checkpoint.busy", text, RETRY_AFTER_S)
        self.scans += scans

    def leave(self, scans: int) -> None:
        """Count the scans out."""
        self.scans -= scans


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
    told: Told = field(default_factory=Told)
