"""Employers: registered, changed, closed and resumed by an office; their clerks act for their own staff (R1.10).

A clerk has the role `employer` and is named in the employer's entry: who is taken out of it acts for it no longer.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.registration.domain import employers as rules
from services.registration.domain.credit_codes import check_credit_code
from services.registration.domain.employers import Employer, EmployerAct, EmployerFacts, EmployerStep
from services.registration.domain.staff import check_since
from services.registration.usecases import STAFF, Deps
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.impersonal import require_impersonal
from shared.events.registration_employers import (
    EmployerChanged,
    EmployerClosed,
    EmployerRegistered,
    EmployerResumed,
    EmployerState,
)
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

OFFICE = (Role.CITY, Role.COMMUNITY)
READERS = (*STAFF, Role.AUDITOR)


@retry_conflicts
async def register(
    deps: Deps, caller: Principal, employer_id: str, facts: EmployerFacts, since: date, reason: str
) -> Employer:
    """Register an employer; the same `employer_id` again gives the same answer. Raises `Conflict` for a known code."""
    facts = _check(caller, facts)
    step = _step(deps, caller, EmployerAct.REGISTERED, since, reason)
    async with deps.unit_of_work() as work:
        if known := await deps.store.employers.get(employer_id, work):
            if known.facts != facts or not caller.sees(known.area_path):
                raise Conflict("registration.employer_taken", "That employer_id stands for another one: make a new one")
            return known
        await _require_place(deps, facts.area_path, work)
        employer = rules.register(employer_id, facts, step)
        await _claim(deps, employer, work)
        await deps.store.employers.put(employer, work)
        work.emit(EmployerRegistered.of(employer))
    return employer


@retry_conflicts
async def change(deps: Deps, caller: Principal, employer_id: str, facts: EmployerFacts, reason: str) -> Employer:
    """Change what is stated of an employer, and keep what was before; the same again changes nothing."""
    facts = _check(caller, facts)
    step = _step(deps, caller, EmployerAct.CHANGED, deps.today, reason)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, employer_id, work)
        employer = rules.restate(old, facts, step)
        if employer != old:
            await _require_place(deps, facts.area_path, work)
            if employer.code != old.code:
                await deps.store.employers.free_code(old, work)
                await _claim(deps, employer, work)
            await deps.store.employers.put(employer, work)
            work.emit(EmployerChanged.of(employer))
    return employer


@retry_conflicts
async def turn(
    deps: Deps, caller: Principal, employer_id: str, state: EmployerState, day: date, reason: str
) -> Employer:
    """Close an employer, or let it work again (复工), from a day on; again, it changes nothing."""
    closes = state is EmployerState.CLOSED
    step = _step(deps, caller, EmployerAct.CLOSED if closes else EmployerAct.RESUMED, day, reason)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, employer_id, work)
        employer = rules.turn(old, EmployerState.CLOSED if closes else EmployerState.RESUMED, step)
        if employer != old:
            await deps.store.employers.put(employer, work)
            work.emit((EmployerClosed if closes else EmployerResumed).of(employer))
    return employer


async def visible(deps: Deps, caller: Principal, employer_id: str, work: UnitOfWork | None = None) -> Employer:
    """Return an employer to staff and auditors of its area, and to its clerks. Raises `NotFound` for others."""
    employer = await deps.store.employers.get(employer_id, work)
    if employer is None or not (caller.may_see(employer.area_path, READERS) or acts_for(caller, employer)):
        raise NotFound("registration.no_such_employer", "The employer was not found in your area")
    return employer


async def manageable(deps: Deps, caller: Principal, employer_id: str, work: UnitOfWork | None = None) -> Employer:
    """Return an employer to the office of its area and to its clerks, who keep its staff. Raises `NotFound`."""
    employer = await visible(deps, caller, employer_id, work)
    if not may_manage(caller, employer):
        raise NotFound("registration.no_such_employer", "The employer was not found in your area")
    return employer


def may_manage(caller: Principal, employer: Employer) -> bool:
    """Whether the caller keeps the staff of an employer: as the office of its area, or as its clerk."""
    return caller.may_see(employer.area_path, OFFICE) or acts_for(caller, employer)


def acts_for(caller: Principal, employer: Employer) -> bool:
    """Whether the caller is one of the employer's clerks."""
    return Role.EMPLOYER in caller.roles and employer.is_clerk(caller.subject)


async def own(deps: Deps, caller: Principal) -> list[Employer]:
    """Return the employers for which the caller acts."""
    if Role.EMPLOYER not in caller.roles:
        return []
    return await deps.store.employers.of_clerk(caller.subject)


async def employs(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork | None = None) -> bool:
    """Whether the resident works today for an employer for which the caller acts."""
    if Role.EMPLOYER not in caller.roles:
        return False
    return any(acts_for(caller, one) for one in await of_resident(deps, resident_id, work))


async def of_resident(deps: Deps, resident_id: str, work: UnitOfWork | None = None) -> Sequence[Employer]:
    """Return the employers for which a resident works today, the oldest employment first."""
    working = [one for one in await deps.store.employees.of_resident(resident_id, work) if one.works_on(deps.today)]
    employers = {
        one.employer_id: one for one in await deps.store.employers.each([o.employer_id for o in working], work)
    }
    return [employers[one.employer_id] for one in working if one.employer_id in employers]


def _check(caller: Principal, facts: EmployerFacts) -> EmployerFacts:
    caller.require_area(facts.area_path, f"the place {facts.area_path}")
    require_impersonal(facts.name, "name")
    try:
        code = check_credit_code(facts.code)
    except ValueError as error:
        raise Invalid("registration.credit_code", f"code: {error}", problem=str(error)) from None
    return replace(facts, code=code, clerk_ids=tuple(sorted(set(facts.clerk_ids))))


async def _require_place(deps: Deps, path: str, work: UnitOfWork) -> None:
    if await deps.store.places.at(path, work) is None:
        text = f"There is no place {path} in your area: define it first"
        raise NotFound("registration.no_such_place", text)


async def _claim(deps: Deps, employer: Employer, work: UnitOfWork) -> None:
    known = await deps.store.employers.with_code(employer.code, work)
    if known and known.employer_id != employer.employer_id:
        text = "An employer with that credit code is registered already: change that entry, or ask the office above"
        raise Conflict("registration.employer_known", text)
    await deps.store.employers.claim_code(employer, work)


def _step(deps: Deps, caller: Principal, act: EmployerAct, since: date, reason: str) -> EmployerStep:
    check_since(since, deps.today)
    return EmployerStep(act, caller.subject, deps.clock.now().replace(microsecond=0), since, reason)
