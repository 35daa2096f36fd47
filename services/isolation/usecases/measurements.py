"""Two measurements and two reports a day; a missed one climbs the ladder (R3.3, R3.4)."""

from collections.abc import Sequence
from datetime import date

from services.isolation import domain, store
from services.isolation.domain import Case, Slot, State
from services.isolation.usecases import Deps, placed, told
from services.isolation.usecases.cases import ask_if_done, record, visible
from services.isolation.usecases.plans import MEASUREMENT_DUE, waive
from shared.base.errors import NotFound
from shared.events import isolation as events
from shared.store.deadlines import Deadline
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

CLINIC_POLICY = "policy:at_clinic"


@retry_conflicts
async def report(
    deps: Deps, caller: Principal, case_id: str, slot: Slot | None, temperature_c: float, symptoms: Sequence[str]
) -> Document:
    """Record a report for a half day, by default the present one; the same again changes nothing.

    Any half day since the case's start may be reported, planned or not: nobody with a fever is sent away.
    """
    now = deps.clock.now()
    slot = slot or domain.slot_at(now, deps.zone)
    domain.check_temperature(temperature_c)
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        domain.require_open(case)
        domain.check_slot(slot, case, now, deps.zone)
        row = await deps.store.measurement(case_id, slot, work) or store.planned(case, slot, deps.zone, False)
        facts = store.reported(temperature_c, symptoms, caller.subject, now)
        if _same(row, facts):
            return row
        await deps.store.put(case, work)  # meets a missed report or a release at the same moment
        await deps.store.report(row, facts, work)
        await deps.deadlines.cancel(work, case_id, MEASUREMENT_DUE, slot.key)
        case = await _judge(deps, case, slot, facts, work)
        await ask_if_done(deps, case, work)
    return row | facts | {"waived": None}


def _same(row: Document, facts: Document) -> bool:
    names = ("temperature_c", "symptoms", "reported_by")
    return row["reported_at"] is not None and all(row[name] == facts[name] for name in names)


async def _judge(deps: Deps, case: Case, slot: Slot, facts: Document, work: UnitOfWork) -> Case:
    """Tell of the report, and of a fever or symptoms, which send the person to a fever clinic (R3.5)."""
    place = placed(case, slot)
    temperature_c, symptoms = facts["temperature_c"], tuple(facts["symptoms"])
    by = facts["reported_by"]
    work.emit(events.MeasurementReported(**place, temperature_c=temperature_c, symptoms=symptoms, reported_by=by))
    fever = domain.is_fever(temperature_c)
    if fever:
        work.emit(events.FeverReported(**place, temperature_c=temperature_c))
    if symptoms:
        work.emit(events.SymptomsReported(**place, symptoms=symptoms))
    if not (fever or symptoms) or case.state is State.REFERRED:
        return case
    referred = domain.refer(case)
    await record(deps, referred, events.CaseReferred(**told(referred)), by, "", work)
    return referred


@retry_conflicts
async def waive_missed(
    deps: Deps, caller: Principal, case_id: str, slots: Sequence[Slot], cause: events.Waiver, note: str
) -> list[Document]:
    """Say why measurements were never taken, so that the release does not wait for them; again changes nothing."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        domain.require_open(case)
        missing = []
        for slot in slots:
            row = await deps.store.measurement(case_id, slot, work)
            if row is None:
                raise NotFound("isolation.not_planned", f"No measurement is planned for {slot.key}")
            domain.check_waiver(slot, row["reported_at"] is not None, deps.clock.now(), deps.zone)
            missing += [slot] if row["waived"] is None else []
        await deps.store.put(case, work)  # meets a report at the same moment
        await waive(deps, case, missing, cause, caller.subject, note, work)
        await ask_if_done(deps, case, work)
        found = [await deps.store.measurement(case_id, slot, work) for slot in slots]
    return [row for row in found if row]


@retry_conflicts
async def missed(deps: Deps, deadline: Deadline) -> None:
    """No report came: tell the next one on the ladder, once, and plan the step after.

    Nobody is reminded while the person is at the clinic: what falls due then is waived, and no ladder climbs on.
    """
    slot = Slot(date.fromisoformat(deadline.payload["day"]), events.HalfDay(deadline.payload["half_day"]))
    step = events.Ladder(deadline.payload["step"])
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.case(deadline.subject, work)
        row = await deps.store.measurement(deadline.subject, slot, work)
        if case is None or row is None or case.state not in domain.OPEN or row["reported_at"] or row["waived"]:
            return
        await deps.store.put(case, work)  # meets a report or a release that comes at the same moment
        if case.state is State.REFERRED:
            if step is events.Ladder.PERSON:
                await waive(deps, case, [slot], events.Waiver.AT_CLINIC, CLINIC_POLICY, "", work)
            return
        due_at = slot.due_at(deps.zone)
        work.emit(events.MeasurementMissed(**placed(case, slot), step=step, due_at=due_at))
        if following := domain.next_step(step, due_at):
            payload = {**deadline.payload, "step": following[0].value}
            await deps.deadlines.schedule(work, MEASUREMENT_DUE, case.case_id, following[1], key=slot.key, **payload)
