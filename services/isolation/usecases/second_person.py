"""A second person confirms a case, or it ends within hours (R3.1)."""

from services.isolation.domain import cases as domain
from services.isolation.domain import second_person
from services.isolation.domain.cases import Case
from services.isolation.usecases import CONFIRM_DUE, Deps
from services.isolation.usecases.cases import end, record, require_answerable, require_stranger, visible
from shared.base.persons import same_person
from shared.events import isolation as events
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal

SECOND_PERSON_POLICY = "policy:second_person"
NOT_CONFIRMED = "not_confirmed"


@retry_conflicts
async def confirm(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Confirm a case as the second person; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if same_person(case.confirmed_by, caller.subject):
            return case
        require_answerable(caller, case)
        await require_stranger(deps, caller, case)
        confirmed = second_person.confirm(case, caller.subject)
        event = events.CaseConfirmed.of(confirmed, reason=confirmed.ground)
        await record(deps, confirmed, event, caller.subject, "", work)
        await deps.deadlines.cancel(work, case_id, CONFIRM_DUE)
    return confirmed


@retry_conflicts
async def not_confirmed(deps: Deps, deadline: Deadline) -> None:
    """End a case that no second person has confirmed in time; the colour falls back with it."""
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.cases.get(deadline.subject, work)
        if case is None or not case.waits or not case.is_open:
            return
        ended = domain.cancel(case)
        event = events.CaseCancelled.of(ended, reason=ended.ground)
        await end(deps, ended, event, SECOND_PERSON_POLICY, NOT_CONFIRMED, work)
