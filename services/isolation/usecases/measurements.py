"""Two measurements and two reports a day; a missed one climbs the ladder (R3.3, R3.4)."""

from collections.abc import Sequence
from datetime import date

from services.isolation import domain
from services.isolation.domain import Case, Slot
from services.isolation.store import reported
from services.isolation.usecases import Deps, told
from services.isolation.usecases.cases import MEASUREMENT_DUE, request_if_done, visible
from shared.access import Principal
from shared.deadlines import Deadline
from shared.errors import NotFound
from shared.events import isolation as events
from shared.mongo import Document
from shared.unit_of_work import UnitOfWork, retry_conflicts


@retry_conflicts
async def report(
    deps: Deps, caller: Principal, case_id: str, slot: Slot | None, temperature_c: float, symptoms: Sequence[str]
) -> Document:
    """Record a report for a half day, by default the present one; the same again changes nothing."""
    now = deps.clock.now()
    slot = slot or domain.slot_at(now, deps.zone)
    domain.check_report(slot, temperature_c, symptoms, now, deps.zone)
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        domain.require_open(case)
        planned = await deps.store.measurement(case_id, slot, work)
        if planned is None:
            days = f"{case.starts_on} to {case.ends_on}"
            raise NotFound("isolation.no_such_slot", f"No measurement is planned for {slot.key}: the case runs {days}")
        facts = reported(temperature_c, symptoms, caller.subject, now)
        if _same(planned, facts):
            return planned
        await deps.store.report(case_id, slot, facts, work)
        await deps.deadlines.cancel(work, case_id, MEASUREMENT_DUE, slot.key)
        case = await _judge(deps, case, slot, facts, work)
        await deps.store.put(case, work)
        await request_if_done(deps, case_id, work)
    return planned | facts


def _same(planned: Document, facts: Document) -> bool:
    names = ("temperature_c", "symptoms", "reported_by")
    return planned["reported_at"] is not None and all(planned[name] == facts[name] for name in names)


async def _judge(deps: Deps, case: Case, slot: Slot, facts: Document, work: UnitOfWork) -> Case:
    """Tell of the report, and of a fever or symptoms, which send the person to a fever clinic (R3.5)."""
    place = _place(case, slot)
    temperature_c, symptoms = facts["temperature_c"], tuple(facts["symptoms"])
    by = facts["reported_by"]
    work.emit(events.MeasurementReported(**place, temperature_c=temperature_c, symptoms=symptoms, reported_by=by))
    fever = domain.is_fever(temperature_c)
    if fever:
        work.emit(events.FeverReported(**place, temperature_c=temperature_c))
    if symptoms:
        work.emit(events.SymptomsReported(**place, symptoms=symptoms))
    if not (fever or symptoms) or case.state is domain.State.REFERRED:
        return case
    referred = domain.refer(case)
    work.emit(events.CaseReferred(**told(referred)))
    return referred


def _place(case: Case, slot: Slot) -> Document:
    return {
        "case_id": case.case_id,
        "resident_id": case.resident_id,
        "area_path": case.area_path,
        "keeper_id": case.keeper_id,
        "doctor_id": case.doctor_id,
        "day": slot.day,
        "half_day": slot.half_day,
    }


@retry_conflicts
async def missed(deps: Deps, deadline: Deadline) -> None:
    """No report came: tell the next one on the ladder, once, and plan the step after."""
    slot = Slot(date.fromisoformat(deadline.payload["day"]), events.HalfDay(deadline.payload["half_day"]))
    step = events.Ladder(deadline.payload["step"])
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.case(deadline.subject, work)
        row = await deps.store.measurement(deadline.subject, slot, work)
        if case is None or row is None or case.state not in domain.OPEN or row["reported_at"]:
            return
        await deps.store.put(case, work)  # meets a report or a release that comes at the same moment
        due_at = slot.due_at(deps.zone)
        work.emit(events.MeasurementMissed(**_place(case, slot), step=step, due_at=due_at))
        following = domain.next_step(step, due_at)
        if following:
            payload = {**deadline.payload, "step": following[0].value}
            await deps.deadlines.schedule(work, MEASUREMENT_DUE, case.case_id, following[1], key=slot.key, **payload)
