"""Isolation's use cases, by what they are about."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.isolation.domain import Case, Slot
from services.isolation.store import Store
from shared.base.clock import Clock
from shared.replicas.places import Places
from shared.replicas.residents import ResidentReplica
from shared.store.deadlines import Deadlines
from shared.store.unit_of_work import UnitOfWorkFactory
from shared.web.access import Role

# Who may look at the cases of an area; everybody else sees only the own case and those that they keep.
STAFF = (Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR)


@dataclass(frozen=True)
class Deps:
    """What isolation's use cases work with."""

    store: Store
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    deadlines: Deadlines
    residents: ResidentReplica
    places: Places
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The city's day."""
        return self.clock.now().astimezone(self.zone).date()


_TOLD = (
    "case_id",
    "resident_id",
    "household_id",
    "area_path",
    "kind",
    "starts_on",
    "ends_on",
    "keeper_id",
    "doctor_id",
)


def told(case: Case) -> dict[str, Any]:
    """Return the facts that every event of a case carries; a doctor's own words stay here."""
    facts = asdict(case)
    return {name: facts[name] for name in _TOLD} | {"reason": case.ground.value}


def placed(case: Case, slot: Slot) -> dict[str, Any]:
    """Return the facts that every event of a measurement carries."""
    names = ("case_id", "resident_id", "area_path", "keeper_id", "doctor_id")
    return {name: getattr(case, name) for name in names} | {"day": slot.day, "half_day": slot.half_day}
