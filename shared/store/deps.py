"""What the use cases of every service work with; each service's `Deps` adds its own."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from shared.base.clock import Clock
from shared.store.deadlines import Deadlines
from shared.store.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class ServiceDeps:
    """The clock, the city's time zone, units of work and deadlines."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    deadlines: Deadlines
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The present day in the city."""
        return self.clock.now().astimezone(self.zone).date()
