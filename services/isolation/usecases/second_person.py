"""A second person confirms what rests on one person's word, or it ends within hours (R3.1)."""

from services.isolation.domain import cases as domain
from services.isolation.domain import second_person
from services.isolation.domain.cases import Case
from services.isolation.usecases import CONFIRM_DUE, REFERRAL_DUE, SECOND_PERSON_POLICY, Deps
from services.isolation.usecases.cases import (
    ask_if_done,
    end,
    record,
    require_answerable,
    require_stranger,
    visible,
)
from services.isolation.usecases.extensions import confirm_all
from shared.base.persons import same_person
from shared.events import isolation as events
from shared.events.isolation import CaseState
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal

NOT_CONFIRMED = "not_confirmed"


@retry_conflicts
async def confirm(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Confirm a case, its extension and its referral as the second person; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        waits = case.waits or case.referral or case.extensions_asked
        if not waits and any(same_person(one, caller.subject) for one in (case.confirmed_by, case.extended_by)):
            return case
        require_answerable(caller, case)
        await require_stranger(deps, caller, case)
        confirmed = second_person.confirm(case, caller.subject)
        if confirmed != case:
            event = events.CaseConfirmed.of(confirmed, reason=confirmed.ground)
            await record(deps, confirmed, event, caller.subject, "", work)
            for kind, waiting in ((CONFIRM_DUE, confirmed.waits), (REFERRAL_DUE, confirmed.referral)):
                if not waiting:
                    await deps.deadlines.cancel(work, case_id, kind)
        return await confirm_all(deps, confirmed, caller.subject, work)


@retry_conflicts
async def not_confirmed(deps: Deps, deadline: Deadline) -> None:
    """End a case that no second person has confirmed in time; the colour falls back with it."""
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.cases.get(deadline.subject, work)
        if case is None or not case.waits or not case.is_open:
            return
        ended = second_person.fall_back(domain.cancel(case), case.proposed_by, deps.clock.now())
        event = events.CaseCancelled.of(ended, reason=ended.ground)
        await end(deps, ended, event, SECOND_PERSON_POLICY, NOT_CONFIRMED, work)


@retry_conflicts
async def referral_not_confirmed(deps: Deps, deadline: Deadline) -> None:
    """Take a person back to observation whom one other person's report sent to the clinic, and no one has confirmed."""
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.cases.get(deadline.subject, work)
        if case is None or case.state is not CaseState.REFERRED or case.referral is None:
            return
        back = second_person.fall_back(domain.come_back(case), case.referral.by, deps.clock.now())
        event = events.CaseReturned.of(back, reason=back.ground)
        await record(deps, back, event, SECOND_PERSON_POLICY, NOT_CONFIRMED, work)
        await ask_if_done(deps, back, work)
