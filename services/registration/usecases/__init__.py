"""Registration's use cases, by what they are about."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from services.registration.store import Store
from shared.access import Role
from shared.clock import Clock
from shared.deadlines import Deadlines
from shared.health_code import CodeSigner
from shared.sealing import Sealer
from shared.unit_of_work import UnitOfWorkFactory

# Who may look at the residents of an area; everybody else sees the own file only.
STAFF = (Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR)


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
    printed_code_lifetime: timedelta
    appeal_due: timedelta
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The city's day."""
        return self.clock.now().astimezone(self.zone).date()
