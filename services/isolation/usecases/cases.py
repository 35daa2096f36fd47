"""What becomes of a case: extended, breached, back from the clinic, cancelled, released (R3.5, R3.6, R3.8)."""

from dataclasses import replace
from datetime import date, timedelta

from services.isolation import domain
from services.isolation.domain import Case, State
from services.isolation.usecases import STAFF, Deps, told
from services.isolation.usecases.plans import plan
from shared.base.errors import Conflict, NotFound
from shared.base.ids import new_id
from shared.envelope.event import Event
from shared.events import isolation as events
from shared.events.checkpoint import AlertRaised, AlertRule
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

RELEASE_DUE = "isolation.release"
DAYS_POLICY = "policy:days_done"


async def visible(deps: Deps, caller: Principal, case_id: str, work: UnitOfWork | None = None) -> Case:
    """Return the case to staff of its area, to the person and to the keeper. Raises `NotFound` for anybody else."""
    case = await deps.store.case(case_id, work)
    if case is None or not may_see(caller, case):
        raise NotFound("isolation.no_such_case", "The case was not found in your area")
    return case


def may_see(caller: Principal, case: Case) -> bool:
    """Whether the case concerns the caller, or lies in the area that the caller is staff of."""
    concerned = caller.subject in (case.resident_id, case.keeper_id)
    return concerned or bool(caller.roles.intersection(STAFF) and caller.sees(case.area_path))


async def record(deps: Deps, case: Case, event: Event, by: str, reason: str, work: UnitOfWork) -> None:
    """Store the case, publish what happened to it, and add that to its log."""
    await deps.store.put(case, work)
    await deps.store.note(case, type(event).__name__, by, reason, deps.clock.now(), work)
    work.emit(event)


async def begin(deps: Deps, case: Case, opened: events.CaseOpened, work: UnitOfWork) -> None:
    """Store a new case with everything that follows from it; the resident has no other open case."""
    await deps.store.claim_resident(case, work)
    await record(deps, case, opened, case.ordered_by, case.reason, work)
    await _schedule(deps, case, case.starts_on, work)


async def prolong(deps: Deps, before: Case, after: Case, by: str, reason: str, work: UnitOfWork) -> None:
    """Store that a case lasts longer; its measurements and its release follow."""
    await record(deps, after, events.CaseExtended(**told(after)), by, reason, work)
    await _schedule(deps, after, before.ends_on, work)


async def _schedule(deps: Deps, case: Case, after: date, work: UnitOfWork) -> None:
    await plan(deps, case, after, work)
    await deps.deadlines.cancel(work, case.case_id, RELEASE_DUE)
    await deps.deadlines.schedule(work, RELEASE_DUE, case.case_id, domain.release_due_at(case, deps.zone))


@retry_conflicts
async def extend(deps: Deps, caller: Principal, case_id: str, extension_id: str, days: int, reason: str) -> Case:
    """Let a case last `days` longer; the same `extension_id` again changes nothing."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        known = dict(case.extensions).get(extension_id)
        if known == days:
            return case
        if known is not None:
            raise Conflict("isolation.extension_taken", "That extension_id stands for another one: make a new one")
        longer = domain.extend(case, case.ends_on + timedelta(days=days))
        longer = replace(longer, extensions=(*case.extensions, (extension_id, days)))
        await prolong(deps, case, longer, caller.subject, reason, work)
    return longer


@retry_conflicts
async def come_back(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Take the person back from the clinic to observation; days that are done ask for the release (R3.5)."""
    async with deps.unit_of_work() as work:
        case = domain.come_back(await visible(deps, caller, case_id, work))
        await record(deps, case, events.CaseReturned(**told(case)), caller.subject, "", work)
        return await ask_if_done(deps, case, work)


@retry_conflicts
async def cancel(deps: Deps, caller: Principal, case_id: str, reason: str) -> Case:
    """Withdraw an order that was a mistake; withdrawing again gives the same answer."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if case.state is State.CANCELLED:
            return case
        cancelled = domain.cancel(case)
        await _end(deps, cancelled, events.CaseCancelled(**told(case)), caller.subject, reason, work)
    return cancelled


@retry_conflicts
async def release(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Approve the release and make its notice; approving again gives the same answer (R3.6)."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if case.state is State.RELEASED:
            return case
        notice_id = new_id()
        released = domain.release(case, caller.subject, notice_id, deps.today)
        said = events.CaseReleased(**told(case), approved_by=caller.subject, notice_id=notice_id)
        await _end(deps, released, said, caller.subject, "", work)
    return released


async def _end(deps: Deps, case: Case, said: Event, by: str, reason: str, work: UnitOfWork) -> None:
    await record(deps, case, said, by, reason, work)
    await deps.store.free_resident(case, work)
    await deps.deadlines.cancel(work, case.case_id)


@retry_conflicts
async def breached(deps: Deps, event: AlertRaised) -> None:
    """The case shows that the person was seen at a gate, each alert once (R3.8)."""
    if event.rule is not AlertRule.BREACH or event.resident_id is None:
        return
    async with deps.unit_of_work(event) as work:
        case = await deps.store.open_case(event.resident_id, work)
        if case is None or event.alert_id in case.breaches:
            return
        case = replace(case, breaches=(*case.breaches, event.alert_id))
        seen = events.CaseBreached(**told(case), alert_id=event.alert_id, gate_id=event.gate_id, at=event.at)
        await record(deps, case, seen, f"gate:{event.gate_id}", "", work)


@retry_conflicts
async def release_due(deps: Deps, deadline: Deadline) -> None:
    """The days are done: ask the level above, or tell the doctor every day what still stands in the way (R3.6)."""
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.case(deadline.subject, work)
        now = deps.clock.now()
        if case is None or now < domain.release_due_at(case, deps.zone):
            return  # it was extended at this moment
        case = await ask_if_done(deps, case, work)
        if case.state not in (State.OBSERVING, State.REFERRED):
            return
        if missing := await deps.store.missing(case.case_id, work):
            await record(deps, case, events.ReleaseHeld(**told(case), missing=missing), DAYS_POLICY, "", work)
        again = domain.next_reminder(deadline.due_at, now)
        await deps.deadlines.schedule(work, RELEASE_DUE, case.case_id, again, key="held")


async def ask_if_done(deps: Deps, case: Case, work: UnitOfWork) -> Case:
    """Ask for the release when days are done and nothing is missing; return the case as it is then (R3.6).

    Whatever completes a case calls this, so a late last report asks by itself.
    """
    if not domain.days_done(case, deps.clock.now(), deps.zone) or await deps.store.missing(case.case_id, work):
        return case
    asked = replace(case, state=State.RELEASE_REQUESTED)
    await record(deps, asked, events.ReleaseRequested(**told(asked)), DAYS_POLICY, "", work)
    return asked
