"""Supply's use cases, by what they are about."""

import asyncio
from dataclasses import dataclass, field

from services.supply.store import Store
from shared.replicas.residents import ResidentReplica
from shared.store.deps import ServiceDeps
from shared.store.personal_data import PersonalData


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What supply's use cases work with."""

    store: Store
    residents: ResidentReplica
    personal: PersonalData
    # Work on stock takes turns within a process, for it would meet at the same rows: only what other processes do at
    # the same moment is met as a conflict in the store, and tried again.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
