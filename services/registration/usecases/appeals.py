"""Appeals against a colour: made by the resident or for them, decided in time by another person (R1.9)."""

from dataclasses import replace
from datetime import datetime

from services.registration import metrics
from services.registration.domain import appeals
from services.registration.domain.appeals import Appeal, State
from services.registration.domain.residents import Resident
from services.registration.usecases import STAFF, Deps, standings
from services.registration.usecases.residents import visible
from shared.base.errors import Conflict, NotFound
from shared.events.registration import AppealDecided, Outcome
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

DUE = "appeal.due"
TEXT = "appeal.text"


@retry_conflicts
async def make(deps: Deps, caller: Principal, resident_id: str, appeal_id: str, text: str) -> Appeal:
    """Appeal against the colour that a resident has now; the same `appeal_id` again gives the same answer."""
    now = _now(deps)
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        if known := await deps.store.appeals.get(appeal_id, work):
            if known.resident_id != resident_id or open_text(deps, known) != text:
                raise Conflict("registration.appeal_taken", "That appeal_id stands for another appeal: make a new one")
            return known
        standing = await standings.current(deps, resident_id, work)
        appeals.check_colour(standing.colour)
        await _require_first(deps, resident, standing.evidence, work)
        about = (standing.colour, standing.rule, standing.evidence)
        sealed, due_at = deps.sealer.seal(text, TEXT, appeal_id), now + deps.appeal_due
        appeal = Appeal(appeal_id, resident_id, resident.area_path, sealed, *about, caller.subject, now, due_at)
        await deps.store.appeals.claim(appeal, work)
        await deps.store.appeals.put(appeal, work)
        await deps.deadlines.schedule(work, DUE, appeal_id, due_at)
    return appeal


async def _require_first(deps: Deps, resident: Resident, evidence: str, work: UnitOfWork) -> None:
    for other in await deps.store.appeals.of_resident(resident.ids, work):
        if other.state is State.OPEN and other.evidence == evidence:
            text = f"The appeal {other.appeal_id} against this colour waits for its decision already"
            raise Conflict("registration.appeal_open", text)


@retry_conflicts
async def decide(deps: Deps, caller: Principal, appeal_id: str, outcome: Outcome, decision: str) -> Appeal:
    """Uphold or reject an appeal, and let the colour follow; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        appeal = await find(deps, caller, appeal_id, work)
        if (appeal.decided_by, appeal.state) == (caller.subject, State(outcome.value)):
            return appeal
        appeals.check_decider(appeal, await deps.store.orders.get(appeal.evidence, work), caller.subject)
        if resident := await deps.store.residents.get(appeal.resident_id, work):
            own = await own_of(deps.store.residents, caller)
            own.require_stranger(resident.resident_id, resident.household_id, resident.keeper_id)
        deps.sealer.open(appeal.sealed, TEXT, appeal.appeal_id)  # an appeal that cannot be read is not decided
        decided = appeals.decide(appeal, outcome, caller.subject, decision, _now(deps))
        if outcome is Outcome.UPHELD:
            ended = await standings.end(deps, appeal.resident_id, appeal.evidence, appeal.area_path, work)
            decided = replace(decided, ended=ended)
        await deps.store.appeals.put(decided, work)
        await deps.store.appeals.free(decided, work)
        await deps.deadlines.cancel(work, appeal_id, DUE)
        work.emit(AppealDecided.of(decided, outcome=outcome))
    return decided


async def due(deps: Deps, deadline: Deadline) -> None:
    """Count an appeal that was not decided in time."""
    appeal = await deps.store.appeals.get(deadline.subject)
    if appeal and appeal.overdue(deps.clock.now()):
        metrics.APPEALS_OVERDUE.inc()


async def find(deps: Deps, caller: Principal, appeal_id: str, work: UnitOfWork | None = None) -> Appeal:
    """Return an appeal to staff of its area and to the resident. Raises `NotFound` for others."""
    appeal = await deps.store.appeals.get(appeal_id, work)
    resident = await deps.store.residents.get(appeal.resident_id, work) if appeal else None
    # Whose appeal it is must not be in the answer.
    if appeal is None or resident is None or not caller.may_see(resident.area_path, STAFF, resident.ids):
        raise NotFound("registration.no_such_appeal", "The appeal was not found in your area")
    return appeal


async def of_resident(deps: Deps, caller: Principal, resident_id: str) -> list[Appeal]:
    """Return the appeals of a resident, in order, to staff of the area and to the resident."""
    resident = await visible(deps, caller, resident_id)
    return await deps.store.appeals.of_resident(resident.ids)


def open_text(deps: Deps, appeal: Appeal) -> str:
    """Return the text of an appeal in clear, `UNREADABLE` where it does not open."""
    return deps.sealer.show(appeal.sealed, TEXT, appeal.appeal_id) if appeal.sealed else ""


def _now(deps: Deps) -> datetime:
    return deps.clock.now().replace(microsecond=0)
