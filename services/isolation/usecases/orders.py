"""How a case opens by a doctor's order, and who is named as keeper and doctor (R3.1)."""

from dataclasses import replace
from datetime import date

from services.isolation.domain import cases as domain
from services.isolation.domain.cases import Case, Ground
from services.isolation.usecases import Deps
from services.isolation.usecases.cases import begin
from shared.base.errors import Conflict, NotFound, NotYet
from shared.events.isolation import CaseKind
from shared.events.registration import Duty
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def order(
    deps: Deps,
    caller: Principal,
    case_id: str,
    resident_id: str,
    kind: CaseKind,
    reason: str,
    starts_on: date,
    length_days: int,
) -> Case:
    """Open a case by a doctor's order; the same `case_id` again gives the same answer (R3.1)."""
    resident = await deps.residents.get(resident_id)
    if resident is None or resident.left or not caller.sees(resident.area_path):
        raise NotFound("isolation.no_such_resident", "The resident was not found in your area")
    case = Case(
        case_id=case_id,
        resident_id=resident_id,
        household_id=resident.household_id,
        area_path=resident.area_path,
        kind=kind,
        ground=Ground.DOCTORS_ORDER,
        reason=reason,
        starts_on=starts_on,
        length_days=length_days,
        ends_on=domain.last_day(starts_on, length_days),
        ordered_by=caller.subject,
    )
    async with deps.unit_of_work() as work:
        if known := await deps.store.cases.get(case_id, work):
            if not domain.same_order(known, case):
                raise Conflict("isolation.case_taken", "That case_id stands for another order: make a new one")
            return known
        domain.check_days(starts_on, case.ends_on, deps.today)
        if other := await deps.store.open_case(resident_id, work):
            raise Conflict("isolation.case_open", f"The resident is isolated already, in case {other.case_id}")
        case = assign(deps, case, resident.keeper_id)
        await begin(deps, case, work)
    return case


def assign(deps: Deps, case: Case, keeper_id: str | None) -> Case:
    """Name the keeper and the doctor: the resident's own keeper first, else the one of the nearest place."""
    if not deps.places.replica.ready:
        raise NotYet("the place tree has not been read yet")
    keepers = deps.places.keepers(case.area_path, Duty.KEEPER, Duty.GRID_LEADER)
    doctors = deps.places.keepers(case.area_path, Duty.DOCTOR)
    return replace(case, keeper_id=keeper_id or next(iter(keepers), None), doctor_id=next(iter(doctors), None))
