"""Cases of arrivals from high-risk regions: planned, begun shortly before the arrival, dropped (R1.6, R3.1)."""

import logging
from dataclasses import replace

from services.isolation.domain import cases as domain
from services.isolation.domain.cases import Case, Ground
from services.isolation.usecases import Deps, extensions
from services.isolation.usecases.assigning import assign
from services.isolation.usecases.cases import begin, end, prolong, record, repeats
from shared.base.ids import derived_id
from shared.events import isolation as events
from shared.events.isolation import CaseKind, CaseState
from shared.events.registration import JourneyEvent, JourneyFacts, JourneyReassessed, Risk
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

logger = logging.getLogger(__name__)

BEGIN_DUE = "isolation.begin"
ARRIVAL_POLICY = f"policy:{Ground.HIGH_RISK_ARRIVAL}"
# Why a case did not begin.
CANCELLED, OVER, IN_ANOTHER = "journey_cancelled", "days_over", "in_another_case"
NOT_CONFIRMED, RISK_LOWERED = "not_confirmed", "risk_lowered"


@retry_conflicts
async def follow_journey(deps: Deps, event: JourneyFacts) -> None:
    """Let the case of a journey follow it: planned, begun when the arrival is near, dropped with the journey.

    A case that is open already lasts as long as the arrival asks for.
    """
    cancelled = isinstance(event, JourneyEvent) and event.cancelled
    if event.risk is not Risk.HIGH:
        if isinstance(event, JourneyReassessed) and event.risk_before is Risk.HIGH:
            await _lower(deps, event)
        return
    async with deps.unit_of_work(event) as work:
        known = await deps.store.cases.get(_case_id(event), work)
        if cancelled:
            await _cancel(deps, known, event, work)
            return
        if known and known.state is CaseState.PLANNED and not isinstance(event, JourneyEvent):
            return  # a retired version, which knows of no change
        case = await _case(deps, event)
        case = replace(case, confirmed_by=_confirmed(known, case))
        if case.ends_on < deps.today:
            await _drop(deps, known, OVER, work)
        elif deps.clock.now() < domain.begins_at(case.starts_on, deps.days_before_arrival, deps.zone):
            await _plan(deps, known, case, event.journey_id, work)
        else:
            await _begin(deps, known, case, event.journey_id, work)


def _case_id(event: JourneyFacts) -> str:
    """Return the id of the case of a journey: another one each time that the risk has become high again."""
    turn = event.risk_turn if isinstance(event, JourneyEvent) else 0
    return derived_id("case", event.journey_id, *([str(turn)] if turn else []))


async def _case(deps: Deps, event: JourneyFacts) -> Case:
    """Return the case of a journey, at the door where the resident lives now."""
    resident = await deps.residents.get(event.resident_id)
    case = Case(
        case_id=_case_id(event),
        resident_id=resident.resident_id if resident else event.resident_id,
        household_id=resident.household_id if resident else event.household_id,
        area_path=resident.area_path if resident else event.area_path,
        kind=CaseKind.HOME,
        ground=Ground.HIGH_RISK_ARRIVAL,
        reason=event.origin_region,
        starts_on=event.arrives_on,
        length_days=domain.HIGH_RISK_DAYS,
        ends_on=domain.last_day(event.arrives_on, domain.HIGH_RISK_DAYS),
        ordered_by=ARRIVAL_POLICY,
        journey_id=event.journey_id,
        proposed_by=event.stated_by if isinstance(event, JourneyEvent) else None,
    )
    return assign(deps, case, resident.keeper_id if resident else None)


async def _plan(deps: Deps, known: Case | None, case: Case, journey_id: str, work: UnitOfWork) -> None:
    """Store that the case will begin; one that has begun before the journey was put off lasts longer."""
    if known is not None and known.state is not CaseState.PLANNED:
        if known.is_open:
            await _prolong(deps, known, case, work)
        return
    planned = replace(case, state=CaseState.PLANNED, has_begun=False)
    if planned == known:
        return
    await record(deps, planned, events.CasePlanned.of(planned, reason=planned.ground), ARRIVAL_POLICY, journey_id, work)
    await deps.deadlines.cancel(work, planned.case_id, BEGIN_DUE)
    at = domain.begins_at(planned.starts_on, deps.days_before_arrival, deps.zone)
    await deps.deadlines.schedule(work, BEGIN_DUE, planned.case_id, at)


def _confirmed(known: Case | None, case: Case) -> str | None:
    """Return the second person of a plan; other days or another person's word ask for one again."""
    same = known and (known.proposed_by, known.starts_on) == (case.proposed_by, case.starts_on)
    return known.confirmed_by if known and same else None


async def _begin(deps: Deps, known: Case | None, case: Case, journey_id: str, work: UnitOfWork) -> None:
    """Open the case, unless it has ended before; where the resident is isolated already, that case lasts as long."""
    if other := await deps.store.open_case(case.resident_id, work):
        await _prolong(deps, other, case, work)
        await _drop(deps, known, IN_ANOTHER, work)
    elif case.waits and await repeats(deps, case.resident_id, case.proposed_by, work):
        logger.warning("case %s opens no second time on the word of one person: another one declares it", case.case_id)
        await _drop(deps, known, NOT_CONFIRMED, work)
    elif known is None or not known.has_ended:
        await deps.deadlines.cancel(work, case.case_id, BEGIN_DUE)
        await begin(deps, case, work)


async def _prolong(deps: Deps, known: Case, case: Case, work: UnitOfWork) -> None:
    """Let an open case last as long as the arrival asks for; on one person's word it waits for a second person."""
    until, journey_id = min(case.ends_on, domain.longest(known)), case.journey_id or ""
    if case.waits and case.proposed_by and until > known.ends_on:
        await extensions.ask_for_journey(deps, known, case.proposed_by, journey_id, until, work)
        return
    known = await extensions.withdraw(deps, known, journey_id, ARRIVAL_POLICY, work)
    if until > known.ends_on:
        await prolong(deps, known, domain.extend(known, until), ARRIVAL_POLICY, journey_id, work)


async def _cancel(deps: Deps, known: Case | None, journey: JourneyFacts, work: UnitOfWork) -> None:
    """Drop the plan, and an extension that the journey asked for; withdraw a case that has begun.

    One official's refusal of a journey withdraws no case that a second person has confirmed.
    """
    if other := await deps.store.open_case(journey.resident_id, work):
        await extensions.withdraw(deps, other, journey.journey_id, ARRIVAL_POLICY, work)
        known = await deps.store.cases.get(known.case_id, work) if known else None
    if known is not None and known.is_open and (known.waits or not _is_refused(journey)):
        cancelled = domain.cancel(known)
        event = events.CaseCancelled.of(cancelled, reason=cancelled.ground)
        await end(deps, cancelled, event, ARRIVAL_POLICY, CANCELLED, work)
    await _drop(deps, known, CANCELLED, work)


@retry_conflicts
async def _lower(deps: Deps, event: JourneyReassessed) -> None:
    """Drop the plan, or withdraw the case, of a journey from a region that a list holds for high risk no longer.

    A case with a referral goes on: a doctor decides on it.
    """
    async with deps.unit_of_work(event) as work:
        known = await deps.store.cases.get(_case_id(event), work)
        if other := await deps.store.open_case(event.resident_id, work):
            await extensions.withdraw(deps, other, event.journey_id, ARRIVAL_POLICY, work)
            known = await deps.store.cases.get(known.case_id, work) if known else None
        if known is not None and known.state is CaseState.OBSERVING:
            cancelled = domain.cancel(known)
            ended = events.CaseCancelled.of(cancelled, reason=cancelled.ground)
            await end(deps, cancelled, ended, ARRIVAL_POLICY, RISK_LOWERED, work)
        await _drop(deps, known, RISK_LOWERED, work)


def _is_refused(journey: JourneyFacts) -> bool:
    return isinstance(journey, JourneyEvent) and journey.refused_by is not None


async def _drop(deps: Deps, known: Case | None, why: str, work: UnitOfWork) -> None:
    if known is not None and known.state is CaseState.PLANNED:
        dropped = domain.cancel(known)
        event = events.CasePlanDropped.of(dropped, reason=dropped.ground)
        await end(deps, dropped, event, ARRIVAL_POLICY, why, work)


@retry_conflicts
async def begin_planned(deps: Deps, deadline: Deadline) -> None:
    """Open a planned case when the arrival is near."""
    async with deps.unit_of_work(deadline) as work:
        planned = await deps.store.cases.get(deadline.subject, work)
        if planned is None or planned.state is not CaseState.PLANNED:
            return
        if deps.clock.now() < domain.begins_at(planned.starts_on, deps.days_before_arrival, deps.zone):
            return  # the journey was put off at this moment
        case = replace(planned, state=CaseState.OBSERVING, has_begun=True)
        if resident := await deps.residents.get(planned.resident_id):
            case = replace(case, household_id=resident.household_id, area_path=resident.area_path)
        case = assign(deps, case, resident.keeper_id if resident else None)
        await _begin(deps, planned, case, planned.journey_id or "", work)
