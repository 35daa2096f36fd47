"""All files are compared in the background by keyed hashes; pairs that may be of one person are proposed (R1.12).

A turn opens some hundred files and those that share a key with them, never the whole city. After the last file it waits
for new ones, which have later ids, and goes through all of them again once a day, for files change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from services.registration.domain import duplicate_pairs
from services.registration.domain.duplicate_pairs import Pair, State
from services.registration.domain.duplicates import Described
from services.registration.domain.residents import Resident
from services.registration.store.duplicates import Passed
from services.registration.usecases import Deps
from services.registration.usecases.describing import describe_each, hashes_of, like, pair_id_of
from shared.base.area import common
from shared.base.yielding import yielding
from shared.store.recurring import Recurring
from shared.store.unit_of_work import retry_conflicts

EVERY, AGAIN_AFTER = timedelta(seconds=10), timedelta(days=1)
FILES_A_TURN, REOPENED_A_TURN = 400, 100


async def compare_files(deps: Deps) -> None:
    """Do one turn: some more files are compared; a turn that is done again changes nothing."""
    await _reopen(deps)
    passed, now = await deps.store.duplicates.passed(), deps.clock.now()
    if passed.whole_at and now - passed.whole_at >= AGAIN_AFTER:
        passed = Passed()
    files = await deps.store.residents.in_order(passed.after, FILES_A_TURN)
    described = await describe_each(deps, files)
    keys = {one: hashes_of(deps, described[one]) async for one in yielding(list(described))}
    await deps.store.duplicates.keep_keys(keys, [one.resident_id for one in files if one.resident_id not in keys])
    if pairs := await _pairs(deps, files, described):
        await _propose(deps, pairs)
    is_whole = len(files) < FILES_A_TURN
    after = files[-1].resident_id if files else passed.after
    await deps.store.duplicates.keep_passed(Passed(after, (passed.whole_at or now) if is_whole else None))


async def _pairs(deps: Deps, files: Sequence[Resident], described: Mapping[str, Described]) -> list[Pair]:
    """Return the pairs of these files with any of the city, those that were not proposed before."""
    pairs: dict[str, Pair] = {}
    for file in files:
        if file.resident_id not in described:
            continue
        for other, score, reasons in await like(deps, described[file.resident_id]):
            if other.resident_id != file.resident_id:
                path, ids = common((file.area_path, other.area_path)), (file.resident_id, other.resident_id)
                pair = duplicate_pairs.propose(pair_id_of(*ids), *ids, path, score, reasons, deps.clock.now())
                pairs[pair.pair_id] = pair
    known = await deps.store.duplicates.proposed(pairs)
    return [one for key, one in pairs.items() if key not in known]


@retry_conflicts
async def _propose(deps: Deps, pairs: Sequence[Pair]) -> None:
    async with deps.unit_of_work() as work:
        await deps.store.duplicates.propose(pairs, work)


@retry_conflicts
async def _reopen(deps: Deps) -> None:
    async with deps.unit_of_work() as work:
        for pair in await deps.store.duplicates.put_off_until(deps.clock.now(), REOPENED_A_TURN, work):
            await deps.store.duplicates.reopen(replace(pair, state=State.OPEN, later_until=None), work)


COMPARED = Recurring("duplicates.compared", EVERY, compare_files)
