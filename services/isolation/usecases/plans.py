"""What is to be measured: planned with a case, waived where it never can be (R3.3, R3.6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.isolation.domain.cases import Case
from services.isolation.domain.measurements import Measurement, Slot, Waived, planned, slots
from services.isolation.usecases import Deps
from shared.events.isolation import Ladder, MeasurementWaived, Waiver
from shared.store.unit_of_work import UnitOfWork

MEASUREMENT_DUE = "isolation.measurement"
ORDERED_LATE_POLICY = "policy:ordered_late"


async def plan(deps: Deps, case: Case, after: date, work: UnitOfWork) -> None:
    """Plan the measurements of the days after a day, up to the case's last.

    What was due before the order came is waived at once: no reminder asks for what could not be done.
    """
    rows = [planned(case, slot, deps.zone) for slot in slots(after, case.ends_on)]
    late = [row for row in rows if row.due_at <= deps.clock.now()]
    await deps.store.measurements.insert(rows, work)
    await waive(deps, case, late, Waived(Waiver.ORDERED_LATE, ORDERED_LATE_POLICY, deps.clock.now()), work)
    ahead = rows[len(late) :]
    await deps.deadlines.schedule_all(
        work, [(MEASUREMENT_DUE, case.case_id, row.due_at, row.slot.key, _payload(row.slot)) for row in ahead]
    )


def _payload(slot: Slot) -> dict[str, str]:
    return {"day": slot.day.isoformat(), "half_day": slot.half_day.value, "step": Ladder.PERSON.value}


async def waive(
    deps: Deps, case: Case, measurements: Sequence[Measurement], waived: Waived, work: UnitOfWork
) -> list[Measurement]:
    """Store why planned measurements were never taken, and return them so; their reminders end."""
    changed = [replace(measurement, waived=waived) for measurement in measurements]
    await deps.store.measurements.put_each(changed, (), work)
    for measurement in changed:
        await deps.deadlines.cancel(work, case.case_id, MEASUREMENT_DUE, measurement.slot.key)
        work.emit(MeasurementWaived.of(measurement, doctor_id=case.doctor_id, cause=waived.cause, waived_by=waived.by))
    return changed
