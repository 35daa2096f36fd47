"""How a case opens by a doctor's order (R3.1)."""

from datetime import date

from services.isolation.domain import cases as domain
from services.isolation.domain.cases import Case, Ground
from services.isolation.usecases import Deps
from services.isolation.usecases.assigning import assign
from services.isolation.usecases.cases import begin, repeats, require_stranger
from services.isolation.usecases.handovers import catch_up
from shared.base.errors import Conflict, NotFound
from shared.events.isolation import CaseKind
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
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
        resident_id=resident.resident_id,
        household_id=resident.household_id,
        area_path=resident.area_path,
        kind=kind,
        ground=Ground.DOCTORS_ORDER,
        reason=reason,
        starts_on=starts_on,
        length_days=length_days,
        ends_on=domain.last_day(starts_on, length_days),
        ordered_by=caller.subject,
        proposed_by=caller.subject,
    )
    async with deps.unit_of_work() as work:
        if known := await deps.store.cases.get(case_id, work):
            return _same(known, case)
        domain.check_days(starts_on, case.ends_on, deps.today)
        if other := await deps.store.open_case(case.resident_id, work):
            raise _is_open(other, caller)
        await _require_new_word(deps, caller, case.resident_id, work)
        case = assign(deps, case, resident.keeper_id)
        await require_stranger(deps, caller, case)
        await begin(deps, case, work)
    await catch_up(deps, case)
    return case


async def _require_new_word(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork) -> None:
    if await repeats(deps, resident_id, caller.subject, work):
        text = "No second person confirmed your last order for this resident: ask a colleague to order it"
        raise Conflict("isolation.repeated_order", text)


def _same(known: Case, case: Case) -> Case:
    if not domain.same_order(known, case):
        raise Conflict("isolation.case_taken", "That case_id stands for another order: make a new one")
    return known


def _is_open(case: Case, caller: Principal) -> Conflict:
    text = f"The resident is isolated already, in case {case.case_id}"
    waits = case.handover and caller.sees(case.handover.to_area_path)
    return Conflict("isolation.case_open", f"{text}: accept its handover" if waits else text)
