"""A case lasts longer by two people: one asks, another confirms within hours, else the request is dropped (R3.1)."""

from datetime import date

from services.isolation.domain import second_person as domain
from services.isolation.domain.cases import Case, ExtensionAsked
from services.isolation.usecases import EXTENSION_DUE, SECOND_PERSON_POLICY, Deps
from services.isolation.usecases.cases import add_line, prolong, record, require_stranger, visible
from shared.base.errors import Conflict
from shared.events import isolation as events
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

LAPSED = "ExtensionLapsed"  # a line of the log without an event: the days stay as they were


@retry_conflicts
async def extend(deps: Deps, caller: Principal, case_id: str, extension_id: str, days: int, reason: str) -> Case:
    """Ask that a case lasts `days` longer; the same `extension_id` again changes nothing."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        await require_stranger(deps, caller, case)
        known = dict(case.extensions) | {one.extension_id: one.days for one in case.extensions_asked}
        if known.get(extension_id) == days:
            return case
        if extension_id in known:
            raise Conflict("isolation.extension_taken", "That extension_id stands for another one: make a new one")
        asked = ExtensionAsked(extension_id, caller.subject, deps.clock.now(), days)
        return await _ask(deps, case, asked, reason, work)


async def ask_for_journey(deps: Deps, case: Case, by: str, journey_id: str, until: date, work: UnitOfWork) -> None:
    """Ask that a case lasts until the day of a journey that one person declared for another; again changes nothing."""
    if any((one.extension_id, one.by, one.until) == (journey_id, by, until) for one in case.extensions_asked):
        return
    asked = ExtensionAsked(journey_id, by, deps.clock.now(), until=until)
    await _ask(deps, case, asked, journey_id, work)


async def _ask(deps: Deps, case: Case, asked: ExtensionAsked, reason: str, work: UnitOfWork) -> Case:
    waits = domain.ask_to_extend(case, asked)
    await record(deps, waits, events.CaseExtensionAsked.of(waits, reason=waits.ground), asked.by, reason, work)
    await deps.deadlines.cancel(work, case.case_id, EXTENSION_DUE, asked.extension_id)
    falls_back = asked.at + deps.second_person_within
    await deps.deadlines.schedule(work, EXTENSION_DUE, case.case_id, falls_back, key=asked.extension_id)
    return waits


async def withdraw(deps: Deps, case: Case, extension_id: str, by: str, work: UnitOfWork) -> Case:
    """Drop a request whose cause is gone; return the case without it."""
    without = domain.drop_extension(case, extension_id)
    if without != case:
        await deps.deadlines.cancel(work, case.case_id, EXTENSION_DUE, extension_id)
        await deps.store.cases.put(without, work)
        await add_line(deps, without, LAPSED, by, "", work)
    return without


async def confirm_all(deps: Deps, case: Case, by: str, work: UnitOfWork) -> Case:
    """Let the case last as long as others asked for; return it so."""
    for asked in domain.confirmable(case, by):
        longer = domain.confirm_extension(case, asked, by)
        await deps.deadlines.cancel(work, case.case_id, EXTENSION_DUE, asked.extension_id)
        await prolong(deps, case, longer, by, "", work)
        case = longer
    return case


@retry_conflicts
async def not_confirmed(deps: Deps, deadline: Deadline) -> None:
    """Drop the extensions that no second person has confirmed in time: the case lasts as long as before."""
    async with deps.unit_of_work(deadline) as work:
        case = await deps.store.cases.get(deadline.subject, work)
        for asked in case.extensions_asked if case else ():
            if case and asked.at + deps.second_person_within <= deadline.due_at:
                case = await withdraw(deps, case, asked.extension_id, SECOND_PERSON_POLICY, work)
