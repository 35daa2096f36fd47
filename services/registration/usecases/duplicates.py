"""The worklist of files that may be of one person: what officers decide on a pair (R1.12)."""

from collections.abc import Collection
from datetime import datetime

from services.registration.domain import duplicate_pairs
from services.registration.domain.duplicate_pairs import Pair, State
from services.registration.domain.duplicates import Reason, compare, rules_on
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, merging, standings
from services.registration.usecases.describing import describe_each, pair_id_of
from shared.base.area import common
from shared.base.errors import Conflict, NotFound
from shared.base.impersonal import require_impersonal
from shared.base.persons import same_person
from shared.events.registration import Colour
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


async def visible(
    deps: Deps, caller: Principal, pair_id: str, work: UnitOfWork | None = None
) -> tuple[Pair, list[Resident]]:
    """Return a pair and its files as they are stored. Raises `NotFound` unless both are in the caller's area."""
    pair = await deps.store.duplicates.get(pair_id, work)
    files = await deps.store.residents.as_stored(pair.resident_ids, work) if pair else []
    if pair is None or not caller.sees(pair.area_path) or not all(caller.sees(one.area_path) for one in files):
        raise NotFound("registration.no_such_pair", "The pair was not found in your area")
    return pair, sorted(files, key=lambda one: one.resident_id)


@retry_conflicts
async def propose(deps: Deps, caller: Principal, a: str, b: str) -> Pair:
    """Put two files on the worklist by hand; a pair that is known stays as it is."""
    async with deps.unit_of_work() as work:
        files = await deps.store.residents.as_stored({a, b}, work)
        if len(files) < len({a, b}) or not all(caller.sees(one.area_path) for one in files):
            raise NotFound("registration.no_such_resident", "One of the two residents was not found in your area")
        if any(one.merged_into for one in files):
            raise Conflict("registration.file_merged", "One of the files is merged into another one: name that one")
        if known := await deps.store.duplicates.get(pair_id_of(a, b), work):
            return known
        described = list((await describe_each(deps, files)).values())
        reasons = (*(compare(*described) if len(described) > 1 else ()), Reason.BY_HAND)
        path = common([one.area_path for one in files])
        score = max(rules_on(deps.today).weigh(reasons), 0)
        pair = duplicate_pairs.propose(pair_id_of(a, b), a, b, path, score, reasons, deps.clock.now())
        await deps.store.duplicates.propose([pair], work)
    return pair


@retry_conflicts
async def merge(deps: Deps, caller: Principal, pair_id: str, survivor_id: str, reason: str) -> Pair:
    """Merge two files, or propose it to a second person where one has an open case or a red code; again, the same."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        pair, files = await _decidable(deps, caller, pair_id, work)
        if _decided(pair, caller, State.MERGED, State.WAITING) and pair.survivor_id == survivor_id:
            return pair
        takes_two = await _takes_two(deps, files, work)
        decided = duplicate_pairs.merge(pair, survivor_id, takes_two, caller.subject, reason, deps.clock.now())
        if not takes_two:
            decided = await merging.join(deps, caller, decided, work)
        await deps.store.duplicates.put(decided, work)
    return decided


@retry_conflicts
async def approve(deps: Deps, caller: Principal, pair_id: str) -> Pair:
    """Merge two files as the second person; again, the same."""
    async with deps.unit_of_work() as work:
        pair, _ = await _decidable(deps, caller, pair_id, work)
        if pair.state is State.MERGED and same_person(pair.confirmed_by, caller.subject):
            return pair
        approved = await merging.join(deps, caller, duplicate_pairs.approve(pair, caller.subject), work)
        await deps.store.duplicates.put(approved, work)
    return approved


@retry_conflicts
async def tell_apart(deps: Deps, caller: Principal, pair_id: str, reason: str) -> Pair:
    """Decide that two files are of different people: they are never proposed again."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        pair, _ = await _decidable(deps, caller, pair_id, work)
        if _decided(pair, caller, State.DIFFERENT):
            return pair
        apart = duplicate_pairs.tell_apart(pair, caller.subject, reason, deps.clock.now())
        await deps.store.duplicates.put(apart, work)
    return apart


@retry_conflicts
async def put_off(deps: Deps, caller: Principal, pair_id: str, until: datetime, reason: str) -> Pair:
    """Take a pair off the worklist until a time."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        pair, _ = await _decidable(deps, caller, pair_id, work)
        later = duplicate_pairs.put_off(pair, until, caller.subject, reason, deps.clock.now())
        await deps.store.duplicates.put(later, work)
    return later


@retry_conflicts
async def separate(deps: Deps, caller: Principal, pair_id: str, reason: str) -> Pair:
    """Un-merge two files: each is as before, and what has happened since stays with the file that was the survivor."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        pair, _ = await _decidable(deps, caller, pair_id, work)
        if _decided(pair, caller, State.SEPARATED):
            return pair
        apart = duplicate_pairs.separate(pair, caller.subject, reason, deps.clock.now())
        await merging.part(deps, caller, pair, reason, work)
        await deps.store.duplicates.put(apart, work)
    return apart


def _decided(pair: Pair, caller: Principal, *states: State) -> bool:
    return pair.state in states and same_person(pair.decided_by, caller.subject)


async def _decidable(
    deps: Deps, caller: Principal, pair_id: str, work: UnitOfWork
) -> tuple[Pair, Collection[Resident]]:
    """Return a pair and its files to an officer who may decide on them. Raises `Conflict` about the own household."""
    pair, files = await visible(deps, caller, pair_id, work)
    own = await own_of(deps.store.residents, caller)
    for one in files:
        own.require_stranger(one.resident_id, one.household_id, one.keeper_id)
    return pair, files


async def _takes_two(deps: Deps, files: Collection[Resident], work: UnitOfWork) -> bool:
    """Whether one of the files has an open case or a red code."""
    known = [await standings.current(deps, one.resident_id, work) for one in files]
    return any(one.isolated or one.colour is Colour.RED for one in known)
