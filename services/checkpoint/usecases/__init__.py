"""Checkpoint's use cases, by what they are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from services.checkpoint import metrics
from services.checkpoint.replicas import Known
from services.checkpoint.scanlog import ScanLog
from services.checkpoint.showing import Reader
from services.checkpoint.store import Store
from services.checkpoint.usecases.budget import Budget
from services.checkpoint.usecases.lately import Lately
from services.checkpoint.usecases.tries import Tries
from services.checkpoint.usecases.whole_list import WholeList
from shared.base.errors import Unavailable
from shared.base.sealing import Sealer
from shared.store.deps import ServiceDeps
from shared.store.personal_data import PersonalData
from shared.web.disclosures import Disclosures
from shared.web.tokens import OwnTokens

RETRY_AFTER_S = 1
LARGEST_BATCH, SHARES = 1_000, 10


class InFlight:
    """How many scans are being answered, and how many may be: that is what bounds the memory of a process.

    A caller has a share, which holds at least a whole batch: no device takes the gates of others.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.share = max(LARGEST_BATCH, limit // SHARES)
        self.scans = 0
        self.by_caller: dict[str, int] = {}
        metrics.SCANS_IN_FLIGHT.set_function(lambda: self.scans)

    @contextmanager
    def admitted(self, caller: str, scans: int) -> Iterator[None]:
        """Count the scans in, and out at the end. Raises `Unavailable` over the caller's share or the limit."""
        mine = self.by_caller.get(caller, 0) + scans
        if mine > self.share or self.scans + scans > self.limit:
            text = f"Too many scans at once: send them again after {RETRY_AFTER_S} s"
            raise Unavailable("checkpoint.busy", text, RETRY_AFTER_S, seconds=RETRY_AFTER_S)
        self.by_caller[caller] = mine
        self.scans += scans
        try:
            yield
        finally:
            self.scans -= scans
            self.by_caller[caller] -= scans
            if not self.by_caller[caller]:
                del self.by_caller[caller]


class DeviceRules(NamedTuple):
    """How long a device's token is good, and after how long without a sign of life it is silent."""

    token_life: timedelta
    silent_after: timedelta


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What checkpoint's use cases work with."""

    store: Store
    personal: PersonalData
    known: Known
    reader: Reader
    id_hash_key: bytes
    sealer: Sealer
    log: ScanLog
    in_flight: InFlight
    code_keys: str
    tokens: OwnTokens
    device_rules: DeviceRules
    disclosures: Disclosures
    whole_list: WholeList = field(default_factory=WholeList)
    tries: Tries = field(default_factory=Tries)
    budget: Budget = field(default_factory=Budget)
    lately: Lately = field(default_factory=Lately)
