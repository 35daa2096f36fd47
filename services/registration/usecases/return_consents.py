"""The employer's consent to a return: the unit approves before the journey (R1.7)."""

from services.registration.domain import returns
from services.registration.domain.returns import Return
from services.registration.usecases import Deps, employers
from services.registration.usecases.return_keeping import keep
from shared.base.errors import NotFound
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


async def asked_employer(deps: Deps, resident_id: str, work: UnitOfWork) -> str | None:
    """Return the employer whose consent a return needs: one at work with clerks, for which the person works today."""
    working = await employers.of_resident(deps, resident_id, work)
    return next((one.employer_id for one in working if one.is_at_work and one.clerk_ids), None)


async def still_employed(deps: Deps, one: Return, work: UnitOfWork) -> Return:
    """Return it without the employer for which the person works no longer, whose clerks then do not answer any more."""
    if one.employer_id is None or one.consent is not None:
        return one
    working = await employers.of_resident(deps, one.resident_id, work)
    asked = any(employer.employer_id == one.employer_id and employer.clerk_ids for employer in working)
    return one if asked else returns.without_employer(one)


async def acts_for_employer(deps: Deps, caller: Principal, one: Return, work: UnitOfWork | None = None) -> bool:
    """Whether the caller is a clerk of the employer that a return names."""
    employer = await deps.store.employers.get(one.employer_id, work) if one.employer_id else None
    return employer is not None and employers.acts_for(caller, employer)


@retry_conflicts
async def consent(deps: Deps, caller: Principal, return_id: str) -> Return:
    """Let the employer agree by one of its clerks, who is not the traveller; again, it changes nothing."""
    async with deps.unit_of_work() as work:
        one = await deps.store.returns.get(return_id, work)
        if one is None or not await acts_for_employer(deps, caller, one, work):
            raise NotFound("registration.no_such_return", "The return was not found in your area")
        (await own_of(deps.store.residents, caller)).require_stranger(one.resident_id, one.household_id)
        return await keep(deps, one, returns.consent(one, caller.subject, deps.clock.now()), work)
