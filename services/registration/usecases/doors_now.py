"""Doors of rows that were read before their places moved: the path that each has now, and its household."""

from collections.abc import Sequence
from dataclasses import replace

from services.registration.domain.place_moves import path_before, path_now
from services.registration.usecases import Deps
from services.registration.usecases.imports import Entry
from shared.base.ids import derived_id, new_id
from shared.store.unit_of_work import UnitOfWork


async def settle(deps: Deps, entries: Sequence[Entry], work: UnitOfWork) -> list[Entry]:
    """Return the entries with the present path of each door, and the household behind it.

    The id of a household is made of its first path and stays when its place moves, so of a path that had another place
    before it may be another household's.
    """
    moves = await deps.store.place_moves.holding(work)
    if not moves:
        return list(entries)
    at = deps.clock.now()
    now = {path: path_now(path, moves, at) for path in {one.area_path for one in entries}}
    before = {path: path_before(path, moves) for path in now.values()}
    known = await deps.store.residents.at_doors(sorted({*before, *before.values()}), work)
    ids = {path: known.get(path) or known.get(old) for path, old in before.items()}
    first = {path: derived_id("household", path) for path, known_id in ids.items() if known_id is None}
    taken = {one.household_id for one in await deps.store.residents.households(first.values(), work)}
    ids |= {path: new_id() if one in taken else one for path, one in first.items()}
    return [replace(one, area_path=now[one.area_path], household_id=str(ids[now[one.area_path]])) for one in entries]
