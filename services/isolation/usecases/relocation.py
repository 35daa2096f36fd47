"""Cases and measurements follow places that move: the same household behind the same door, under another path."""

from services.isolation.store import CASES
from services.isolation.usecases import Deps
from shared.base.json_types import JsonView
from shared.envelope.event import Event
from shared.events.isolation import CaseRelocated
from shared.store.mongo import Database
from shared.store.relocating import Kept, Relocation


def _case(row: JsonView) -> list[Event]:
    case = CASES.read(row)
    return [CaseRelocated.of(case, reason=case.ground)]


KEPT = (Kept("cases", events=_case), Kept("measurements"))


def relocation(database: Database) -> Relocation[Deps]:
    """Return what carries out moves in isolation's store."""
    return Relocation(database, [stage for kept in KEPT for stage in kept.stages])
