"""What is to be measured: planned with a case, waived where it never can be (R3.3, R3.6)."""

from collections.abc import Sequence
from datetime import date

from services.isolation import domain
from services.isolation.domain import Case, Slot
from services.isolation.usecases import Deps, placed
from shared.events.isolation import Ladder, MeasurementWaived, Waiver
from shared.store.unit_of_work import UnitOfWork

MEASUREMENT_DUE = "isolation.measurement"


async def plan(deps: Deps, case: Case, after: date, work: UnitOfWork) -> None:
    """Plan the measurements of the days after a day, up to the case's last.

    What was due before the order came is waived at once: nobody is reminded of what could not be done.
    """
    slots = list(domain.slots(after, case.ends_on))
    late = [slot for slot in slots if slot.due_at(deps.zone) <= deps.clock.now()]
    await deps.store.plan(case, slots, deps.zone, work)
    await waive(deps, case, late, Waiver.ORDERED_LATE, "policy:ordered_late", "", work)
    ahead = slots[len(late) :]
    await deps.deadlines.schedule_all(
        work, [(MEASUREMENT_DUE, case.case_id, slot.due_at(deps.zone), slot.key, _payload(slot)) for slot in ahead]
    )


def _payload(slot: Slot) -> dict[str, str]:
    return {"day": slot.day.isoformat(), "half_day": slot.half_day.value, "step": Ladder.PERSON.value}


async def waive(
    deps: Deps, case: Case, slots: Sequence[Slot], cause: Waiver, by: str, note: str, work: UnitOfWork
) -> None:
    """Say of planned measurements why they were never taken; their reminders end."""
    if not slots:
        return
    facts = {"cause": cause.value, "by": by, "note": note, "at": deps.clock.now()}
    await deps.store.waive(case.case_id, slots, facts, work)
    for slot in slots:
        await deps.deadlines.cancel(work, case.case_id, MEASUREMENT_DUE, slot.key)
        work.emit(MeasurementWaived(**placed(case, slot), cause=cause, waived_by=by))
