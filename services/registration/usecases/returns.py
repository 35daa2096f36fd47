"""Approvals of returns: asked for, completed, signed by two sides, refused, and the arrival (R1.7)."""

from services.registration.domain import returns
from services.registration.domain.returns import Certificate, Form, HeldCode, Return, Side
from services.registration.usecases import STAFF, Deps, return_consents
from services.registration.usecases.journeys import visible_journey
from services.registration.usecases.residents import visible
from services.registration.usecases.return_keeping import keep
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.impersonal import require_impersonal
from shared.base.persons import same_person
from shared.events.registration_returns import ReturnState
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


@retry_conflicts
async def ask(deps: Deps, caller: Principal, return_id: str, journey_id: str) -> Return:
    """Ask for the approval of a declared journey; the same `return_id` again gives the same answer."""
    async with deps.unit_of_work() as work:
        journey = await visible_journey(deps, caller, journey_id, work)
        if known := await deps.store.returns.get(return_id, work):
            if known.journey_id != journey_id:
                raise Conflict("registration.return_taken", "That return_id stands for another one: make a new one")
            return known
        if journey.cancelled:
            raise Conflict("registration.journey_cancelled", "The journey is cancelled: declare the new one")
        if any(one.state in returns.OPEN for one in await deps.store.returns.of_journey(journey_id, work)):
            raise Conflict("registration.return_open", "A return of this journey is open already: complete that one")
        asked = Return(
            return_id=return_id,
            journey_id=journey_id,
            resident_id=journey.resident_id,
            household_id=journey.household_id,
            area_path=journey.area_path,
            departs_on=journey.departs_on,
            arrives_on=journey.arrives_on,
            asked_by=caller.subject,
            asked_at=deps.clock.now().replace(microsecond=0),
            employer_id=await return_consents.asked_employer(deps, journey.resident_id, work),
        )
        await deps.store.returns.claim(asked, work)
        return await keep(deps, None, asked, work)


@retry_conflicts
async def complete(
    deps: Deps,
    caller: Principal,
    return_id: str,
    form: Form | None,
    certificate: Certificate | None,
    code_id: str | None,
) -> Return:
    """State parts of a return; the same ones again change nothing. Raises `Invalid` for the code of another person."""
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, return_id, work)
        code = await _code(deps, one, code_id, work) if code_id else None
        return await keep(deps, one, returns.complete(one, form, certificate, code), work)


async def _code(deps: Deps, one: Return, code_id: str, work: UnitOfWork) -> HeldCode:
    if one.code and one.code.code_id == code_id:
        return one.code
    code = await deps.store.codes.get(code_id, work)
    if code is None or code.resident_id != one.resident_id or not code.valid(deps.clock.now()):
        text = "That is no valid health code of this person: state the code that the person holds"
        raise Invalid("registration.return_code", text)
    return HeldCode(code_id, code.colour)


@retry_conflicts
async def sign(deps: Deps, caller: Principal, return_id: str, side: Side) -> Return:
    """Sign for a side, by an officer who is no part of the household; again, it changes nothing."""
    async with deps.unit_of_work() as work:
        one = await _of_others(deps, caller, return_id, work)
        if same_person(one.signed(side), caller.subject):
            return one
        current = await return_consents.still_employed(deps, one, work)
        return await keep(deps, one, returns.sign(current, side, caller.subject, deps.clock.now(), deps.today), work)


@retry_conflicts
async def refuse(deps: Deps, caller: Principal, return_id: str, reason: str) -> Return:
    """Refuse a return with a reason; again, it changes nothing."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        one = await _of_others(deps, caller, return_id, work)
        if one.state is ReturnState.REFUSED and same_person(one.refused_by, caller.subject):
            return one
        return await keep(deps, one, returns.refuse(one, caller.subject, reason, deps.clock.now()), work)


@retry_conflicts
async def arrive(deps: Deps, caller: Principal, return_id: str) -> Return:
    """State that the person has arrived, with an approval or without; again, it changes nothing."""
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, return_id, work)
        if one.state is ReturnState.ARRIVED:
            return one
        return await keep(deps, one, returns.arrive(one, caller.subject, deps.clock.now()), work)


async def find(deps: Deps, caller: Principal, return_id: str, work: UnitOfWork | None = None) -> Return:
    """Return one to staff of its area, the person, who asked for it and the employer. Raises `NotFound` for others."""
    one = await deps.store.returns.get(return_id, work)
    resident = await deps.store.residents.get(one.resident_id, work) if one else None
    concerned = (one.resident_id, one.asked_by) if one else ()
    if one and resident and await return_consents.acts_for_employer(deps, caller, one, work):
        return one
    if one is None or resident is None or not caller.may_see(resident.area_path, STAFF, concerned):
        raise NotFound("registration.no_such_return", "The return was not found in your area")
    return one


async def _of_others(deps: Deps, caller: Principal, return_id: str, work: UnitOfWork) -> Return:
    """Return one on which the caller may decide: none of the own person, household or of a person kept."""
    one = await find(deps, caller, return_id, work)
    resident = await visible(deps, caller, one.resident_id, work)
    own = await own_of(deps.store.residents, caller)
    own.require_stranger(resident.resident_id, resident.household_id, resident.keeper_id)
    return one
