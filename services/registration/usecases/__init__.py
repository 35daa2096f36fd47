"""Registration's use cases, by what they are about."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from services.registration.store import Store
from shared.clock import Clock
from shared.deadlines import Deadlines
from shared.health_code import CodeSigner
from shared.sealing import Sealer
from shared.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class Deps:
    """What registration's use cases work with."""

    store: Store
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    deadlines: Deadlines
    sealer: Sealer
    id_hash_key: bytes
    signer: CodeSigner
    code_lifetime: timedelta
    zone: ZoneInfo
