"""Cases: ordered, extended, referred, breached, released (R3.1, R3.5, R3.6, R3.8)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from services.isolation import domain
from services.isolation.domain import Case, State
from services.isolation.usecases import Deps, told
from shared.access import Principal
from shared.deadlines import Deadline
from shared.envelope import Event
from shared.errors import Conflict, NotFound, NotYet
from shared.events import isolation as events
from shared.events.checkpoint import AlertRaised, AlertRule
from shared.events.registration import Duty, JourneyDeclared, Risk
from shared.ids import derived_id, new_id
from shared.unit_of_work import UnitOfWork, retry_conflicts

MEASUREMENT_DUE = "isolation.measurement"
RELEASE_DUE = "isolation.release"


@retry_conflicts
async def open_for_journey(deps: Deps, event: JourneyDeclared) -> None:
    """A declared arrival from a high-risk region opens a case at home, unless its days are over.

    An open case stays as it is.
    """
    ends_on = domain.last_day(event.arrives_on, domain.HIGH_RISK_DAYS)
    if event.risk is not Risk.HIGH or ends_on < _today(deps):
        return
    async with deps.unit_of_work(event) as work:
        if await deps.store.open_case(event.resident_id, work):
            return
        resident = await deps.residents.get(event.resident_id)
        case = Case(
            case_id=derived_id("case", event.journey_id),
            resident_id=event.resident_id,
            household_id=event.household_id,
            area_path=event.area_path,
            kind=events.CaseKind.HOME,
            reason="high_risk_arrival",
            starts_on=event.arrives_on,
            ends_on=ends_on,
            ordered_by="policy:high_risk_arrival",
        )
        await _open(deps, _kept(deps, case, resident["keeper_id"] if resident else None), work)


@retry_conflicts
async def order(
    deps: Deps,
    caller: Principal,
    case_id: str,
    resident_id: str,
    kind: events.CaseKind,
    reason: str,
    starts_on: date,
    length_days: int,
) -> Case:
    """Open a case by a doctor's order; the same `case_id` again gives the same answer (R3.1)."""
    domain.check_start(starts_on, _today(deps))
    resident = await deps.residents.get(resident_id)
    if resident is None or resident["left"] or not caller.sees(resident["area_path"]):
        raise NotFound("isolation.no_such_resident", "The resident was not found in your area")
    async with deps.unit_of_work() as work:
        if known := await deps.store.case(case_id, work):
            if known.resident_id != resident_id:
                raise Conflict("isolation.case_taken", "That case_id is another resident's: make a new one")
            return known
        if other := await deps.store.open_case(resident_id, work):
            raise Conflict("isolation.case_open", f"The resident is isolated already, in case {other.case_id}")
        case = Case(
            case_id=case_id,
            resident_id=resident_id,
            household_id=resident["household_id"],
            area_path=resident["area_path"],
            kind=kind,
            reason=reason,
            starts_on=starts_on,
            ends_on=domain.last_day(starts_on, length_days),
            ordered_by=caller.subject,
        )
        return await _open(deps, _kept(deps, case, resident["keeper_id"]), work)


def _kept(deps: Deps, case: Case, keeper_id: str | None) -> Case:
    """Name the keeper and the doctor: the resident's own keeper first, else whoever answers for the place."""
    if not deps.places.replica.ready:
        raise NotYet("the place tree has not been read yet")
    keepers = deps.places.keepers(case.area_path, Duty.KEEPER, Duty.GRID_LEADER)
    doctors = deps.places.keepers(case.area_path, Duty.DOCTOR)
    return replace(case, keeper_id=keeper_id or next(iter(keepers), None), doctor_id=next(iter(doctors), None))


async def _open(deps: Deps, case: Case, work: UnitOfWork) -> Case:
    await deps.store.put(case, work)
    await _plan(deps, case, case.starts_on, work)
    work.emit(events.CaseOpened(**told(case)))
    return case


async def _plan(deps: Deps, case: Case, after: date, work: UnitOfWork) -> None:
    """Plan the measurements after a day and the release at the end."""
    planned = domain.to_measure(case, after, _today(deps))
    await deps.store.plan(case, planned, lambda slot: slot.due_at(deps.zone), work)
    person = events.Ladder.PERSON.value
    await deps.deadlines.schedule_all(
        work,
        [(MEASUREMENT_DUE, case.case_id, slot.due_at(deps.zone), slot.key, _due(slot, person)) for slot in planned],
    )
    await deps.deadlines.cancel(work, case.case_id, RELEASE_DUE)
    await deps.deadlines.schedule(work, RELEASE_DUE, case.case_id, domain.release_due_at(case, deps.zone))


def _today(deps: Deps) -> date:
    return deps.clock.now().astimezone(deps.zone).date()


def _due(slot: domain.Slot, step: str) -> dict[str, str]:
    return {"day": slot.day.isoformat(), "half_day": slot.half_day.value, "step": step}


async def visible(deps: Deps, caller: Principal, case_id: str, work: UnitOfWork | None = None) -> Case:
    """Return the case. Raises `NotFound` outside the caller's area, or when it is another resident's."""
    case = await deps.store.case(case_id, work)
    own = case is not None and case.resident_id == caller.subject
    staff = bool(caller.roles - {"resident", "device"})
    if case is None or not (own or (staff and caller.sees(case.area_path))):
        raise NotFound("isolation.no_such_case", "The case was not found in your area")
    return case


Change = Callable[[Case], Case]


async def _changed(deps: Deps, caller: Principal, case_id: str, change: Change, said: Callable[[Case], Event]) -> Case:
    async with deps.unit_of_work() as work:
        before = await visible(deps, caller, case_id, work)
        after = change(before)
        await deps.store.put(after, work)
        if after.ends_on > before.ends_on:
            await _plan(deps, after, before.ends_on, work)
        if after.state not in domain.OPEN:
            await deps.deadlines.cancel(work, case_id)
        work.emit(said(after))
        await request_if_done(deps, case_id, work)
    return after


@retry_conflicts
async def extend(deps: Deps, caller: Principal, case_id: str, days: int) -> Case:
    """Let a case last `days` longer; its measurements and its release follow."""
    return await _changed(
        deps, caller, case_id, lambda c: domain.extend(c, days), lambda c: events.CaseExtended(**told(c))
    )


@retry_conflicts
async def come_back(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Take the person back from the clinic to observation (R3.5)."""
    return await _changed(deps, caller, case_id, domain.come_back, lambda c: events.CaseReturned(**told(c)))


@retry_conflicts
async def cancel(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Withdraw an order that was a mistake."""
    return await _changed(deps, caller, case_id, domain.cancel, lambda c: events.CaseCancelled(**told(c)))


@retry_conflicts
async def release(deps: Deps, caller: Principal, case_id: str) -> Case:
    """Approve the release and make its notice; approving again gives the same answer (R3.6)."""
    today = _today(deps)
    current = await visible(deps, caller, case_id)
    if current.state is State.RELEASED:
        return current
    notice_id = new_id()
    return await _changed(
        deps,
        caller,
        case_id,
        lambda c: domain.release(c, caller.subject, notice_id, today),
        lambda c: events.CaseReleased(**told(c), approved_by=caller.subject, notice_id=notice_id),
    )


@retry_conflicts
async def breached(deps: Deps, event: AlertRaised) -> None:
    """The case shows that the person was seen at a gate (R3.8)."""
    if event.rule is not AlertRule.BREACH or event.resident_id is None:
        return
    async with deps.unit_of_work(event) as work:
        case = await deps.store.open_case(event.resident_id, work)
        if case is None:
            return
        await deps.store.put(replace(case, breaches=(*case.breaches, event.alert_id)), work)
        seen = {"alert_id": event.alert_id, "gate_id": event.gate_id, "at": event.at}
        work.emit(events.CaseBreached(**told(case), **seen))


@retry_conflicts
async def release_due(deps: Deps, deadline: Deadline) -> None:
    """The days are done: ask the level above, if everything else is."""
    async with deps.unit_of_work(deadline) as work:
        await request_if_done(deps, deadline.subject, work)


async def request_if_done(deps: Deps, case_id: str, work: UnitOfWork) -> None:
    """Ask for the release when days and measurements are complete; a late last report asks by itself (R3.6)."""
    case = await deps.store.case(case_id, work)
    if case is None:
        return
    unreported = await deps.store.unreported(case_id, work)
    if domain.may_request_release(case, unreported, deps.clock.now(), deps.zone):
        await deps.store.put(replace(case, state=State.RELEASE_REQUESTED), work)
        work.emit(events.ReleaseRequested(**told(case)))
