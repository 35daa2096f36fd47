"""What a triage desk measured: a report of an open case; a fever or symptoms open one and refer the person (R1.11)."""

import logging
from dataclasses import replace

from services.isolation.domain import desks as domain
from services.isolation.domain.cases import Case
from services.isolation.domain.measurements import Report
from services.isolation.usecases import Deps
from services.isolation.usecases.assigning import assign
from services.isolation.usecases.cases import begin, repeats
from services.isolation.usecases.handovers import catch_up
from services.isolation.usecases.measurements import add_report
from shared.base.ids import derived_id
from shared.events.registration_desks import TriageRecorded
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

logger = logging.getLogger(__name__)


@retry_conflicts
async def follow_triage(deps: Deps, event: TriageRecorded) -> None:
    """Store the measurement with the person's case; without one, a fever or symptoms open it. Once an event."""
    given = domain.report_of(event)
    states_something = given.temperature_c is not None or given.symptoms
    if event.resident_id is None or not states_something or domain.is_old(event, deps.clock.now()):
        return
    async with deps.unit_of_work(event) as work:
        case = await deps.store.open_case(event.resident_id, work)
        if case is None and (given.is_alarming or event.fever):
            case = await _open(deps, event, event.resident_id, given, work)
        if case is not None:
            await add_report(deps, case, None, given, work)
    if case is not None:
        await catch_up(deps, case)


async def _open(deps: Deps, event: TriageRecorded, resident_id: str, given: Report, work: UnitOfWork) -> Case | None:
    """Open a case on the word of the person at the desk; not again where no second person confirmed the last one."""
    if await repeats(deps, resident_id, given.reported_by, work):
        logger.warning("triage %s opens no case again on the word of one person", event.triage_id)
        return None
    day = event.at.astimezone(deps.zone).date()
    case = domain.case_of(event, resident_id, derived_id("case", event.triage_id), day)
    known = await deps.residents.get(resident_id)
    if known is not None:
        case = replace(case, household_id=known.household_id, area_path=known.area_path)
    case = assign(deps, case, known.keeper_id if known else None)
    await begin(deps, case, work)
    return case
