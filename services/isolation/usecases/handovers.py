"""Cases follow people who move: another door, or another community that accepts the case (R3.1).

Until it has accepted, the old community has the case: its keeper and doctor get the messages, and all deadlines go on.
Both communities see the case, report, waive, extend it and take the person back from the clinic.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.isolation.domain import handovers as domain
from services.isolation.domain.cases import Case, Door
from services.isolation.domain.handovers import Move
from services.isolation.usecases import Deps
from services.isolation.usecases.assigning import assign, same_community
from services.isolation.usecases.cases import add_line, record, require_stranger, visible
from shared.base.errors import Forbidden
from shared.events import isolation as events
from shared.events.isolation import CaseEvent
from shared.events.registration import ResidentEvent
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal

MOVE_POLICY = "policy:resident_moved"
NOTE = "HandoverNote"  # a line of the log that no event tells of
_EVENTS: dict[Move, type[CaseEvent]] = {
    Move.DOOR: events.CaseMoved,
    Move.STARTED: events.CaseHandoverStarted,
    Move.WITHDRAWN: events.CaseHandoverWithdrawn,
}


async def follow(deps: Deps, changed: Sequence[ResidentEvent]) -> None:
    """Let the cases of these residents follow them to where they live now; doing it again changes nothing."""
    for case in await deps.store.lasting_cases(sorted({event.resident_id for event in changed})):
        await catch_up(deps, case)


async def catch_up(deps: Deps, case: Case) -> None:
    """Let a case follow its resident, if the resident lives behind another door now."""
    home = await _home(deps, case)
    if home is not None and domain.concerns(case, home):
        await _follow(deps, case.case_id)


async def _home(deps: Deps, case: Case) -> Door | None:
    """Return the door of the resident; None for a resident who is not known here or has left."""
    resident = await deps.residents.get(case.resident_id)
    return None if resident is None or resident.left else Door(resident.household_id, resident.area_path)


@retry_conflicts
async def _follow(deps: Deps, case_id: str) -> None:
    async with deps.unit_of_work() as work:
        case = await deps.store.cases.get(case_id, work)
        home = await _home(deps, case) if case else None
        if case is None or home is None:
            return
        stays = same_community(deps, case.area_path, home.area_path)
        after, move = domain.follow(case, home, stays, deps.clock.now())
        if move is Move.NONE:
            await deps.store.cases.put(after, work)
            return
        await record(deps, after, _EVENTS[move].of(after, reason=after.ground), MOVE_POLICY, "", work)
        if after.area_path != case.area_path:
            await deps.store.move_measurements(after, work)


@retry_conflicts
async def write_note(deps: Deps, caller: Principal, case_id: str, note: str) -> Case:
    """Add the old staff's word to a handover, or ask the new community again that has refused it."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if not caller.sees(case.area_path):
            raise Forbidden("isolation.not_old_staff", "The staff of the community that has the case write this note")
        home = await _home(deps, case) or case.home
        after = domain.write_note(case, home, note, caller.subject, deps.clock.now())
        if after == case:
            return case
        if case.handover is None:
            event = events.CaseHandoverStarted.of(after, reason=after.ground)
            await record(deps, after, event, caller.subject, note, work)
        else:
            await deps.store.cases.put(after, work)
            await add_line(deps, after, NOTE, caller.subject, note, work)
    return after


@retry_conflicts
async def accept(deps: Deps, caller: Principal, case_id: str, keeper_id: str | None) -> Case:
    """Take over a case with a keeper, by default the one of the new door; accepting again gives the same answer."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        if case.handover is None and case.accepted_by == caller.subject:
            return case
        _require_new_staff(caller, case)
        await require_stranger(deps, caller, case)
        here = assign(deps, domain.accept(case, caller.subject), keeper_id)
        here = replace(here, keeper_id=here.keeper_id or case.keeper_id, doctor_id=here.doctor_id or case.doctor_id)
        before = {"from_area_path": case.area_path, "from_keeper_id": case.keeper_id}
        event = events.CaseHandedOver.of(here, reason=here.ground, **before)
        await record(deps, here, event, caller.subject, "", work)
        await deps.store.move_measurements(here, work)
    return here


@retry_conflicts
async def refuse(deps: Deps, caller: Principal, case_id: str, reason: str) -> Case:
    """Refuse a case: the old community goes on with it."""
    async with deps.unit_of_work() as work:
        case = await visible(deps, caller, case_id, work)
        _require_new_staff(caller, case)
        await require_stranger(deps, caller, case)
        refused = domain.refuse(case)
        event = events.CaseHandoverRefused.of(refused, reason=refused.ground)
        await record(deps, refused, event, caller.subject, reason, work)
    return refused


def _require_new_staff(caller: Principal, case: Case) -> None:
    if not caller.sees(domain.pending(case).to_area_path):
        raise Forbidden("isolation.not_new_staff", "The community to which the person has moved accepts or refuses")
