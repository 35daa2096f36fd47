"""What becomes of a case: extended, breached, back from the clinic, cancelled, released (R3.5, R3.6, R3.8)."""

from dataclasses import replace
from datetime import date

from services.isolation.domain import cases as domain
from services.isolation.domain import second_person
from services.isolation.domain.cases import Case, LogLine
from services.isolation.usecases import CONFIRM_DUE, STAFF, Deps
from services.isolation.usecases.plans import plan
from shared.base.errors import Conflict, NotFound
from shared.base.ids import new_id
from shared.events import isolation as events
from shared.events.checkpoint import AlertRaised, AlertRule
from shared.events.isolation import CaseEvent, CaseState
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

RELEASE_DUE = "isolation.release"
CANCELLATION_ASKED = "CancellationAsked"
DAYS_POLICY = "policy:days_done"


async def visible(deps: Deps, caller: Principal, case_id: str, work: UnitOfWork | None = None) -> Case:
    """Return the case to staff of its area, to the person and to the keeper. Raises `NotFound` for other callers.

    While it is handed over, the staff of both communities see it.
    """
    case = await deps.store.cases.get(case_id, work)
    if case is None or not (may_see(caller, case) or await _is_own(deps, caller, case)):
        raise NotFound("isolation.no_such_case", "The case was not found in your area")
    return case


async def _is_own(deps: Deps, caller: Principal, case: Case) -> bool:
    """Whether the case is of a file that is merged with the caller's."""
    return caller.subject in await deps.residents.ids_of(case.resident_id)


def may_see(caller: Principal, case: Case) -> bool:
    """Whether the case concerns the caller, or lies in the area that the caller is staff of."""
    concerned = (case.resident_id, case.keeper_id)
    return any(caller.may_see(path, STAFF, concerned) for path in (case.area_path, case.home.area_path))


def require_answerable(caller: Principal, case: Case) -> None:
    """Raise `Conflict` unless the caller's office has the case: the new community must accept it first."""
    if not caller.sees(case.area_path):
        raise Conflict("isolation.not_accepted", "The case is being handed over to you: accept it first")


async def require_stranger(deps: Deps, caller: Principal, case: Case) -> None:
    """Raise `Conflict` to those whom the case concerns: the person, the household, the keeper."""
    own = await own_of(deps.residents, caller)
    resident = await deps.residents.get(case.resident_id)
    own.require_stranger(case.resident_id, case.household_id, case.keeper_id, resident.keeper_id if resident else None)
    own.require_stranger(case.resident_id, case.home.household_id)


async def of_persons(deps: Deps, caller: Principal, resident_id: str) -> list[Case]:
    """Return a resident's cases that the caller may see, else the own and those the caller keeps; oldest first."""
    if resident_id:
        matching = await deps.store.cases_of(resident_id)
    else:
        matching = [*await deps.store.cases_of(caller.subject), *await deps.store.cases_kept_by(caller.subject)]
    own = await deps.residents.ids_of(caller.subject)
    visible = {case.case_id: case for case in matching if may_see(caller, case) or case.resident_id in own}
    return [visible[case_id] for case_id in sorted(visible)]


async def record(deps: Deps, case: Case, event: CaseEvent, by: str, reason: str, work: UnitOfWork) -> None:
    """Store the case, publish what happened to it, and add that to its log."""
    await deps.store.cases.put(case, work)
    await add_line(deps, case, type(event).__name__, by, reason, work)
    work.emit(event)


async def add_line(deps: Deps, case: Case, what: str, by: str, reason: str, work: UnitOfWork) -> None:
    """Add what happened to the log of the case."""
    line = LogLine(
        line_id=new_id(),
        case_id=case.case_id,
        what=what,
        by=by,
        reason=reason,
        at=deps.clock.now(),
        state=case.state,
        ends_on=case.ends_on,
    )
    await deps.store.log.insert([line], work)


async def begin(deps: Deps, case: Case, work: UnitOfWork) -> None:
    """Store a new case with everything that follows from it; the resident has no other open case."""
    await deps.store.claim_resident(case, work)
    opened = events.CaseOpened.of(case, reason=case.ground)
    await record(deps, case, opened, case.ordered_by, case.reason, work)
    await _schedule(deps, case, case.starts_on, work)
    if case.waits:
        await deps.deadlines.schedule(work, CONFIRM_DUE, case.case_id, deps.clock.now() + deps.second_person_within)


async def repeats(deps: Deps, resident_id: str, by: str | None, work: UnitOfWork) -> bool:
    """Whether a case on this person's word ended lately, because no second person confirmed it."""
    now = deps.clock.now()
    return any(second_person.is_spent(one, by, now) for one in await deps.store.cases_of(resident_id, work))


async def prolong(deps: Deps, before: Case, after: Case, by: str, reason: str, work: UnitOfWork) -> None:
    """Store that a case lasts longer; its measurements and its release follow."""
    await record(deps, after, events.CaseExtended.of(after, reason=after.ground), by, reason, work)
    await _schedule(deps, after, before.ends_on, work)


async def _schedule(deps: Deps, case: Case, after: date, work: UnitOfWork) -> None:
    await plan(deps, case, after, work)
    await deps.deadlines.cancel(work, case.case_id, RELEASE_DUE)
    await deps.deadlines.schedule(work, RELEASE_DUE, case.case_id, domain.release_due_at(case, deps.zone))


@retry_conflicts
async def come_back(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Take the person back from the clinic to observation; days that are done ask for the release (R3.5)."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        await require_stranger(deps, caller, case)
        case = domain.come_back(case)
        await record(deps, case, events.CaseReturned.of(case, reason=case.ground), caller.subject, "", work)
        return await ask_if_done(deps, case, work)


@retry_conflicts
async def cancel(deps: Deps, caller: Principal, case_id: str, reason: str) -> Case:
    """Withdraw an order that was a mistake: the first officer asks, a second one withdraws it; again is harmless."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if case.state is CaseState.CANCELLED:
            return case
        require_answerable(caller, case)
        await require_stranger(deps, caller, case)
        when = deps.clock.now(), deps.second_person_within
        if second_person.asks(case, caller.subject, *when):
            asked = second_person.ask_to_cancel(case, caller.subject, *when)
            if asked != case:
                await deps.store.cases.put(asked, work)
                await add_line(deps, asked, CANCELLATION_ASKED, caller.subject, reason, work)
            return asked
        cancelled = domain.cancel(case)
        event = events.CaseCancelled.of(cancelled, reason=case.ground)
        await end(deps, cancelled, event, caller.subject, reason, work)
    return cancelled


@retry_conflicts
async def release(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Approve the release and make its notice; approving again gives the same answer (R3.6)."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if case.state is CaseState.RELEASED:
            return case
        require_answerable(caller, case)
        await require_stranger(deps, caller, case)
        released = domain.release(case, caller.subject, new_id(), deps.today)
        event = events.CaseReleased.of(released, reason=case.ground)
        await end(deps, released, event, caller.subject, "", work)
    return released


async def end(deps: Deps, case: Case, event: CaseEvent, by: str, reason: str, work: UnitOfWork) -> None:
    """Store a case that has ended, or does not begin; nothing more falls due for it."""
    await record(deps, case, event, by, reason, work)
    await deps.store.free_resident(case, work)
    await deps.deadlines.cancel(work, case.case_id)


@retry_conflicts
async def breached(deps: Deps, event: AlertRaised) -> None:
    """Put on the case that the person was at a gate, each alert once (R3.8)."""
    if event.rule is not AlertRule.BREACH or event.resident_id is None:
        return
    async with deps.unit_of_work(event) as work:
        case = await deps.store.open_case(event.resident_id, work)
        if case is None or event.alert_id in case.breaches:
            return
        case = replace(case, breaches=(*case.breaches, event.alert_id))
        breach = events.CaseBreached.of(
            case, reason=case.ground, alert_id=event.alert_id, gate_id=event.gate_id, at=event.at
        )
        await record(deps, case, breach, f"gate:{event.gate_id}", "", work)


@retry_conflicts
async def release_due(deps: Deps, deadline: Deadline) -> None:
    """Ask the level above for the release, or remind the doctor every day of what is missing (R3.6)."""
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.cases.get(deadline.subject, work)
        now = deps.clock.now()
        if case is None or now < domain.release_due_at(case, deps.zone):
            return  # it was extended at this moment
        case = await ask_if_done(deps, case, work)
        if case.state not in (CaseState.OBSERVING, CaseState.REFERRED):
            return
        if missing := await deps.store.missing(case.case_id, work):
            held = events.ReleaseHeld.of(case, reason=case.ground, missing=missing)
            await record(deps, case, held, DAYS_POLICY, "", work)
        again = domain.next_reminder(deadline.due_at, now)
        await deps.deadlines.schedule(work, RELEASE_DUE, case.case_id, again, key="held")


async def ask_if_done(deps: Deps, case: Case, work: UnitOfWork) -> Case:
    """Ask for the release when days are done and nothing is missing; return the case as it is then (R3.6).

    Every use case that may complete a case calls this, so a late last report asks for the release.
    """
    if not domain.days_done(case, deps.clock.now(), deps.zone) or await deps.store.missing(case.case_id, work):
        return case
    asked = replace(case, state=CaseState.RELEASE_REQUESTED)
    await record(deps, asked, events.ReleaseRequested.of(asked, reason=asked.ground), DAYS_POLICY, "", work)
    return asked
