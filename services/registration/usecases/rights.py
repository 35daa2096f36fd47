"""Requests of a person about the own data: made at the counter or by the person, answered in time (N11)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from services.registration.domain import rights
from services.registration.domain.appeals import State as AppealState
from services.registration.domain.colours import EvidenceKind
from services.registration.domain.residents import Resident
from services.registration.domain.rights import Confirmation, Correctable, Identity, Obstacle, RightsRequest
from services.registration.usecases import STAFF, Deps, correcting, erasing
from services.registration.usecases.residents import visible
from shared.base.errors import Conflict, NotFound
from shared.events.registration_rights import RightKind, RightsAnswered, RightsRequested, RightState
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


@dataclass(frozen=True)
class Asked:
    """What a person asks for, as it is taken down."""

    request_id: str
    kind: RightKind
    identity: Identity
    note: str
    purpose: str
    about: Correctable | None = None
    wanted: str = ""
    evidence: str = ""


@retry_conflicts
async def ask(deps: Deps, caller: Principal, resident_id: str, asked: Asked) -> RightsRequest:
    """Take a request down; a copy is granted at once. The same `request_id` again gives the same answer."""
    rights.check_asked(asked.kind, asked.about, asked.wanted, asked.evidence)
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        if known := await deps.store.rights.get(asked.request_id, work):
            if (known.resident_id, known.kind) != (resident_id, asked.kind):
                raise Conflict("registration.request_taken", "That request_id stands for another: make a new one")
            return known
        own = caller.subject == resident_id or caller.resident_id == resident_id
        now = deps.clock.now().replace(microsecond=0)
        policy = rights.policy_at(deps.today)
        request = RightsRequest(
            **vars(asked) | {"identity": Identity.SIGNED_IN if own else asked.identity},
            resident_id=resident_id,
            household_id=resident.household_id,
            area_path=resident.area_path,
            asked_by=resident_id if own else caller.subject,
            asked_at=now,
            due_at=now + timedelta(days=policy.answer_days[asked.kind]),
            policy_since=policy.since,
        )
        if asked.kind == RightKind.EXPORT:
            request = rights.granted_copy(request, policy)
        await deps.store.rights.put(request, work)
        contract = RightsAnswered if request.state is RightState.GRANTED else RightsRequested
        work.emit(contract.of(request))
    return request


@retry_conflicts
async def decide(deps: Deps, caller: Principal, request_id: str, grants: bool, decision: str) -> RightsRequest:
    """Grant or refuse a request, and do what is granted; again, it gives the same answer."""
    state = RightState.GRANTED if grants else RightState.REFUSED
    async with deps.unit_of_work() as work:
        request = await find(deps, caller, request_id, work)
        if (request.decided_by, request.state) == (caller.subject, state):
            return request
        resident = await visible(deps, caller, request.resident_id, work)
        own = await own_of(deps.store.residents, caller)
        own.require_stranger(resident.resident_id, resident.household_id, resident.keeper_id)
        decided = rights.decide(request, state, caller.subject, decision, deps.clock.now())
        if grants and request.kind == RightKind.ERASURE:
            rights.check_obstacles(await obstacles(deps, request, work))
            _require_unmerged(resident)
            decided = await erasing.erase(deps, caller.subject, resident, decided, work)
        elif grants and request.kind == RightKind.CORRECTION:
            await correcting.correct(deps, caller, resident, request, decision, work)
        await deps.store.rights.put(decided, work)
        work.emit(RightsAnswered.of(decided))
    return decided


def _require_unmerged(resident: Resident) -> None:
    """Raise `Conflict` for a file with aliases: the data of each is erased by itself."""
    if resident.absorbed:
        text = "The file is merged of two: un-merge it first, then erase each"
        raise Conflict("registration.merged_not_erased", text)


async def obstacles(deps: Deps, request: RightsRequest, work: UnitOfWork | None = None) -> list[Obstacle]:
    """Return what delays the erasure of a person now."""
    now, resident_id = deps.clock.now(), request.resident_id
    evidence = [one for one in await deps.store.standings.evidence([resident_id], work) if not one.is_over(now)]
    there = [
        (Obstacle.OPEN_CASE, any(one.kind is EvidenceKind.ISOLATION for one in evidence)),
        (Obstacle.COLOUR, any(one.kind is not EvidenceKind.ISOLATION for one in evidence)),
        (
            Obstacle.OPEN_APPEAL,
            any(one.state is AppealState.OPEN for one in await deps.store.appeals.of_resident([resident_id], work)),
        ),
        (
            Obstacle.OTHER_REQUEST,
            any(
                one.state is RightState.OPEN and one.kind == RightKind.CORRECTION
                for one in await deps.store.rights.of_resident(resident_id, work)
            ),
        ),
    ]
    return [obstacle for obstacle, is_there in there if is_there]


async def find(deps: Deps, caller: Principal, request_id: str, work: UnitOfWork | None = None) -> RightsRequest:
    """Return a request to staff of its area and to the person. Raises `NotFound` for others."""
    request = await deps.store.rights.get(request_id, work)
    if request is None or not caller.may_see(request.area_path, STAFF, (request.resident_id,)):
        raise NotFound("registration.no_such_request", "The request was not found in your area")
    return request


@retry_conflicts
async def confirm(deps: Deps, request_id: str, confirmation: Confirmation) -> None:
    """Put a service's confirmation of an erasure on its request; again changes nothing."""
    async with deps.unit_of_work() as work:
        request = await deps.store.rights.get(request_id, work)
        if request and (confirmed := rights.confirm(request, confirmation)) != request:
            await deps.store.rights.put(replace(confirmed), work)
