"""Isolation's use cases, by what they are about."""

from dataclasses import asdict, dataclass
from typing import Any

from services.isolation.domain import Case, Slot
from services.isolation.store import Store
from shared.replicas.places import Places
from shared.replicas.residents import ResidentReplica
from shared.store.deps import ServiceDeps
from shared.web.access import Role

# Who may look at the cases of an area; everybody else sees only the own case and those that they keep.
STAFF = (Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR)


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What isolation's use cases work with."""

    store: Store
    residents: ResidentReplica
    places: Places


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
