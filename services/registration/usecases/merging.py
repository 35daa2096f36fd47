"""Two files become one, and two again: the absorbed file stays as an alias of the survivor (docs/adr/0049).

Nothing is rewritten: cases, journeys, codes, cards and history keep the id under which they were stored, and every
query of the survivor asks for its aliases too. So nothing is lost of what is stored at the same moment.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from services.registration.domain import particulars as parts
from services.registration.domain.changes import Act, Field
from services.registration.domain.contacts import ContactPoints
from services.registration.domain.duplicate_pairs import Pair
from services.registration.domain.particulars import Address, AddressKind, Paper, PaperKind, Particulars
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, changes, contacts, files, standings
from services.registration.usecases.files import File
from services.registration.usecases.names import ID_NUMBER
from services.registration.usecases.particulars import open_particulars, with_particulars
from shared.base.errors import Conflict
from shared.events.registration import ResidentsMerged, ResidentsUnmerged
from shared.store.unit_of_work import UnitOfWork
from shared.web.access import Principal

T = TypeVar("T")


async def join(deps: Deps, caller: Principal, pair: Pair, work: UnitOfWork) -> Pair:
    """Let one file stand for both. Raises `Conflict` where one of them is merged into another file, or has left."""
    survivor, absorbed = await _both(deps, pair, work)
    if survivor.merged_into or absorbed.merged_into:
        text = "One of the files is merged into another one already: decide on the pair of that file"
        raise Conflict("registration.file_merged", text)
    if survivor.left and not absorbed.left:
        raise Conflict("registration.survivor_left", "The file that stays must be of a person who is here: choose it")
    contact = await deps.store.contacts.get(survivor.resident_id, work)
    reached = contacts.open_contact(deps, await deps.store.contacts.get(absorbed.resident_id, work))
    points = contacts.open_contact(deps, contact)
    gathered = replace(_gathered(deps, survivor, absorbed), absorbed=(*survivor.absorbed, *absorbed.ids))
    new = File(gathered, _reached(points, reached))
    gone = replace(absorbed, left=True, merged_into=survivor.resident_id)
    why = changes.by_request(Act.MERGE, caller, pair.reason)
    for before in await deps.store.residents.as_stored(absorbed.absorbed, work):
        await _put(deps, replace(before, merged_into=survivor.resident_id), work)
    await _put(deps, gone, work)
    await files.put(deps, File(survivor, points), new, contact, caller.subject, work)
    change = changes.make(deps, survivor, new.resident, why, (points, new.points))
    made = [one for one in (change, changes.make(deps, absorbed, gone, why)) if one]
    await deps.store.history.insert(made, work)
    await standings.review_in(deps, survivor.resident_id, work)
    return replace(
        pair,
        change_id=change.change_id if change else None,
        left_before=absorbed.left,
        was_absorbed=absorbed.absorbed,
    )


async def part(deps: Deps, caller: Principal, pair: Pair, reason: str, work: UnitOfWork) -> None:
    """Restore both files of a merged pair; what the survivor has got since, it keeps.

    Raises `Conflict` where the survivor is merged into another file: that merge is undone first.
    """
    survivor, absorbed = await _both(deps, pair, work)
    if survivor.merged_into or absorbed.merged_into != survivor.resident_id:
        text = "The file was merged into another one since: un-merge that pair first"
        raise Conflict("registration.later_merge", text)
    contact = await deps.store.contacts.get(survivor.resident_id, work)
    file = File(survivor, contacts.open_contact(deps, contact))
    left = {absorbed.resident_id, *pair.was_absorbed}
    restored = await _restored(deps, file, pair, work)
    apart = replace(restored.resident, absorbed=tuple(one for one in survivor.absorbed if one not in left))
    back = replace(absorbed, left=pair.left_before, merged_into=None)
    why = replace(changes.by_request(Act.UNMERGE, caller, reason), undoes=pair.change_id)
    for before in await deps.store.residents.as_stored(pair.was_absorbed, work):
        await _put(deps, replace(before, merged_into=absorbed.resident_id), work)
    await deps.store.residents.put(back, work)
    work.emit(ResidentsUnmerged.of(back))
    await files.put(deps, file, File(apart, restored.points), contact, caller.subject, work)
    changed = changes.make(deps, survivor, apart, why, (file.points, restored.points))
    made = [one for one in (changed, changes.make(deps, absorbed, back, replace(why, undoes=None))) if one]
    await deps.store.history.insert(made, work)
    for one in (survivor.resident_id, absorbed.resident_id):
        await standings.review_in(deps, one, work)


async def _put(deps: Deps, gone: Resident, work: UnitOfWork) -> None:
    await deps.store.residents.put(gone, work)
    work.emit(ResidentsMerged.of(gone))


async def _both(deps: Deps, pair: Pair, work: UnitOfWork) -> tuple[Resident, Resident]:
    stored = {one.resident_id: one for one in await deps.store.residents.as_stored(pair.resident_ids, work)}
    if pair.survivor_id not in stored or pair.absorbed_id not in stored:
        raise Conflict("registration.file_gone", "One of the two files is gone: there is nothing to decide")
    return stored[pair.survivor_id], stored[pair.absorbed_id]


async def _restored(deps: Deps, file: File, pair: Pair, work: UnitOfWork) -> File:
    """Return the survivor's file with what was before the merge, in the fields that have not changed since."""
    change = await deps.store.history.get(pair.change_id, work) if pair.change_id else None
    fields = changes.open_details(deps, change).fields if change else ()
    taken = [one for one in fields if one.field is not Field.ABSORBED and files.is_as_after(deps, file, [one])]
    return files.as_before(deps, file, taken)


def _gathered(deps: Deps, survivor: Resident, absorbed: Resident) -> Resident:
    """Return the survivor's file with what it lacks and the absorbed one has."""
    new = replace(
        survivor,
        categories=tuple(sorted({*survivor.categories, *absorbed.categories})),
        keeper_id=survivor.keeper_id or absorbed.keeper_id,
        staff_id=survivor.staff_id or absorbed.staff_id,
    )
    known, further = open_particulars(deps, survivor), open_particulars(deps, absorbed)
    number = deps.sealer.open(absorbed.sealed.id_number, ID_NUMBER, absorbed.resident_id)
    papers = _united(known.papers, (Paper(PaperKind.RESIDENT_ID.value, number), *further.papers))
    addresses = _united(known.addresses, (*_door_of(survivor, absorbed), *further.addresses))
    gathered = Particulars(
        papers=tuple(papers[: parts.MOST_PAPERS]),
        addresses=tuple(addresses[: parts.MOST_ADDRESSES]),
        relation=known.relation or further.relation,
        consent=known.consent or further.consent,
        state=known.state,
    )
    return with_particulars(deps, new, gathered)


def _door_of(survivor: Resident, absorbed: Resident) -> Sequence[Address]:
    """Return the door of the absorbed file where it is another one."""
    if absorbed.area_path == survivor.area_path:
        return ()
    door = absorbed.area_path.strip("/").rpartition("/")[2]
    return (Address(AddressKind.SECOND_HOME.value, door, absorbed.area_path),)


def _united(known: Sequence[T], further: Sequence[T]) -> list[T]:
    return list(dict.fromkeys((*known, *further)))


def _reached(points: ContactPoints, further: ContactPoints) -> ContactPoints:
    if points.phone or points.urls:
        return replace(points, phone=points.phone or further.phone, urls=points.urls or further.urls)
    return further if further.phone or further.urls else points
