"""Two measurements and two reports a day; a missed report climbs the ladder (R3.3, R3.4)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.isolation.domain import cases
from services.isolation.domain import measurements as domain
from services.isolation.domain.cases import Case
from services.isolation.domain.measurements import Measurement, Report, Slot, Symptom, Waived
from services.isolation.domain.second_person import is_spent
from services.isolation.usecases import REFERRAL_DUE, Deps
from services.isolation.usecases.cases import ask_if_done, record, require_stranger, visible
from services.isolation.usecases.handovers import catch_up
from services.isolation.usecases.plans import MEASUREMENT_DUE, waive
from shared.base.errors import NotFound
from shared.base.ids import new_id
from shared.base.persons import same_person
from shared.events import isolation as events
from shared.events.isolation import CaseState
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

CLINIC_POLICY = "policy:at_clinic"


@retry_conflicts
async def report(
    deps: Deps,
    caller: Principal,
    case_id: str,
    slot: Slot | None,
    temperature_c: float | None,
    symptoms: Sequence[Symptom],
) -> Measurement:
    """Record a report for a half day, by default the present one; the same again changes nothing.

    Every report is stored, whatever the hour: as the measurement of a half day since the case's start, planned or not,
    else as an additional reading. A fever or symptoms are acted on in both.
    """
    now = deps.clock.now()
    if temperature_c is not None:
        domain.check_temperature(temperature_c)
    given = Report(temperature_c, tuple(symptoms), caller.subject, now)
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        measurement = await add_report(deps, case, slot, given, work)
    await catch_up(deps, case)
    return measurement


async def add_report(deps: Deps, case: Case, slot: Slot | None, given: Report, work: UnitOfWork) -> Measurement:
    """Store a report of a case and act on a fever or symptoms, as a part of what the unit of work does."""
    before = await _unreported(deps, case, slot, given, work)
    if before.repeats(given) and not (given.is_alarming and cases.can_refer(case)):
        return before
    measurement = domain.reported(before, given, case)
    await deps.store.cases.put(case, work)  # meets a missed report or a release at the same moment
    await deps.store.report(measurement, given, work)
    if not measurement.extra:
        await deps.deadlines.cancel(work, case.case_id, MEASUREMENT_DUE, measurement.slot.key)
    case = await _judge(deps, case, measurement, given.reported_by, work)
    await ask_if_done(deps, case, work)
    return measurement


async def _unreported(deps: Deps, case: Case, slot: Slot | None, given: Report, work: UnitOfWork) -> Measurement:
    """Return where the report is stored: the half day's measurement, the same recent reading, or a new reading."""
    wanted = slot or domain.slot_at(given.reported_at, deps.zone)
    if domain.counts_for(wanted, case, given, deps.zone):
        stored = await deps.store.measurement(case.case_id, wanted, work)
        return stored or domain.planned(case, wanted, deps.zone, asked=False)
    recent = await deps.store.additional(case.case_id, given.reported_at - domain.SAME_REPORT_WITHIN, work)
    same = next((row for row in recent if row.repeats(given)), None)
    return same or domain.additional(case, slot, new_id(), given.reported_at, deps.zone)


async def _judge(deps: Deps, case: Case, measurement: Measurement, by: str, work: UnitOfWork) -> Case:
    """Publish the report, and a fever or symptoms, which send the person to a fever clinic (R3.5)."""
    if measurement.temperature_c is not None:
        work.emit(events.MeasurementReported.of(measurement, doctor_id=case.doctor_id))
    fever = domain.is_fever(measurement.temperature_c)
    if fever:
        work.emit(events.FeverReported.of(measurement, doctor_id=case.doctor_id))
    if measurement.symptoms:
        work.emit(events.SymptomsReported.of(measurement, doctor_id=case.doctor_id))
    if not (fever or measurement.symptoms):
        return case
    if not cases.can_refer(case):
        # A person whose case has not begun or has ended is not referred: the doctor and the keeper know.
        return await _confirm_referral(deps, case, by, work)
    if is_spent(case, by, deps.clock.now()):
        return case  # the keeper and the doctor get the messages: another person's report refers the person
    referred = cases.refer(case, by, deps.clock.now())
    await record(deps, referred, events.CaseReferred.of(referred, reason=case.ground), by, "", work)
    if referred.referral:
        falls_back = deps.clock.now() + deps.second_person_within
        await deps.deadlines.cancel(work, case.case_id, REFERRAL_DUE)
        await deps.deadlines.schedule(work, REFERRAL_DUE, case.case_id, falls_back)
    return referred


async def _confirm_referral(deps: Deps, case: Case, by: str, work: UnitOfWork) -> Case:
    """Return the case; a fever or symptoms that another person reports confirm what one person reported."""
    if case.referral is None or same_person(case.referral.by, by):
        return case
    confirmed = replace(case, referral=None)
    await deps.store.cases.put(confirmed, work)
    await deps.deadlines.cancel(work, case.case_id, REFERRAL_DUE)
    return confirmed


@retry_conflicts
async def waive_missed(
    deps: Deps, caller: Principal, case_id: str, slots: Sequence[Slot], cause: events.Waiver, note: str
) -> list[Measurement]:
    """Store why measurements were never taken, so that the release does not wait for them; again changes nothing."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        cases.require_open(case)
        await require_stranger(deps, caller, case)
        rows = {slot: await _missed(deps, case_id, slot, work) for slot in slots}
        await deps.store.cases.put(case, work)  # meets a report at the same moment
        missing = [row for row in rows.values() if row.waived is None]
        waived = await waive(deps, case, missing, Waived(cause, caller.subject, deps.clock.now(), note), work)
        await ask_if_done(deps, case, work)
    return list((rows | {row.slot: row for row in waived}).values())


async def _missed(deps: Deps, case_id: str, slot: Slot, work: UnitOfWork) -> Measurement:
    """Return a measurement that may be waived. Raises `NotFound`, or `Conflict` where it has or may get a report."""
    measurement = await deps.store.measurement(case_id, slot, work)
    if measurement is None:
        raise NotFound("isolation.not_planned", f"No measurement is planned for {slot.key}")
    domain.check_waiver(measurement, deps.clock.now())
    return measurement


async def missed(deps: Deps, deadline: Deadline) -> None:
    """Publish that no report came, once for each step of the ladder, and plan the step after.

    Twice a day, here or with a report, a case catches up with a move that an earlier version of isolation received.

    No reminder goes out while the person is at the clinic: what falls due then is waived, and no ladder climbs on.
    """
    if case := await deps.store.cases.get(deadline.subject):
        await catch_up(deps, case)
    await _climb(deps, deadline)


@retry_conflicts
async def _climb(deps: Deps, deadline: Deadline) -> None:
    slot = Slot(date.fromisoformat(deadline.payload["day"]), events.HalfDay(deadline.payload["half_day"]))
    step = events.Ladder(deadline.payload["step"])
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.cases.get(deadline.subject, work)
        measurement = await deps.store.measurement(deadline.subject, slot, work)
        if case is None or not case.is_open or measurement is None or not measurement.is_missing:
            return
        await deps.store.cases.put(case, work)  # meets a report or a release that comes at the same moment
        if case.state is CaseState.REFERRED:
            if step is events.Ladder.PERSON:
                at_clinic = Waived(events.Waiver.AT_CLINIC, CLINIC_POLICY, deps.clock.now())
                await waive(deps, case, [measurement], at_clinic, work)
            return
        work.emit(events.MeasurementMissed.of(measurement, doctor_id=case.doctor_id, step=step))
        if following := domain.next_step(step, measurement.due_at):
            payload = {**deadline.payload, "step": following[0].value}
            await deps.deadlines.schedule(work, MEASUREMENT_DUE, case.case_id, following[1], key=slot.key, **payload)
