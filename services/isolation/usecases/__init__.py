"""Isolation's use cases, by what they are about."""

from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from services.isolation.domain import Case
from services.isolation.store import Store
from shared.clock import Clock
from shared.deadlines import Deadlines
from shared.places import Places
from shared.residents import ResidentReplica
from shared.unit_of_work import UnitOfWorkFactory


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


_TOLD = (
    "case_id",
    "resident_id",
    "household_id",
    "area_path",
    "kind",
    "reason",
    "starts_on",
    "ends_on",
    "keeper_id",
    "doctor_id",
)


def told(case: Case) -> dict[str, Any]:
    """Return the facts that every event of a case carries."""
    facts = asdict(case)
    return {name: facts[name] for name in _TOLD}
