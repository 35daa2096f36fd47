"""Files of an earlier version get the hashes by which they are searched, and those that such a version changed since.

All files are gone through, again every day, and from the first one on where the key or the form of the hashes is
another: so the key of the search is replaced while the city works.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from services.registration.domain.contacts import Contact
from services.registration.domain.journeys import Journey
from services.registration.domain.residents import Resident
from services.registration.store.hashes import Brought
from services.registration.usecases import Deps, journeys, plates
from services.registration.usecases.contacts import open_contact
from services.registration.usecases.names import ID_NUMBER, NAME, name_hashes
from services.registration.usecases.numbers import number_hashes
from services.registration.usecases.particulars import open_particulars
from services.registration.usecases.phones import phone_hashes
from services.registration.usecases.search_hashes import hash_of
from shared.base.errors import Unreadable
from shared.base.sealing import UNREADABLE
from shared.base.yielding import yielding
from shared.store.recurring import Recurring
from shared.store.unit_of_work import retry_conflicts

EVERY, AGAIN_AFTER = timedelta(seconds=10), timedelta(days=1)
FILES_A_TURN, FILES_A_TRANSACTION = 3_000, 50
FORM = "2"  # another one where files get other hashes


async def bring_along(deps: Deps) -> None:
    """Let some more files have their hashes; from the first file on again a day after the last one."""
    state, now = await deps.store.hashes_brought.state(), deps.clock.now()
    by = hash_of(deps, "form", FORM)
    if state.by != by:
        state = Brought("", None, by)
        await _bring_plates(deps)
    elif state.whole_at and now - state.whole_at < AGAIN_AFTER:
        return
    files = await deps.store.residents.in_order("" if state.whole_at else state.after, FILES_A_TURN)
    for at in range(0, len(files), FILES_A_TRANSACTION):
        await _bring(deps, files[at : at + FILES_A_TRANSACTION])
    is_whole = len(files) < FILES_A_TURN
    await deps.store.hashes_brought.keep(
        Brought("" if is_whole else files[-1].resident_id, now if is_whole else None, by)
    )


async def _bring(deps: Deps, files: Sequence[Resident]) -> None:
    contacts = await deps.store.contacts.of_persons([one.resident_id for one in files])
    stale = [one.resident_id async for one in yielding(files) if _renewed(deps, one, contacts) != one]
    if stale:
        await _renew(deps, stale)


@retry_conflicts
async def _renew(deps: Deps, resident_ids: Sequence[str]) -> None:
    async with deps.unit_of_work() as work:
        contacts = await deps.store.contacts.several(resident_ids, work)
        for one in await deps.store.residents.as_stored(resident_ids, work):
            renewed = _renewed(deps, one, contacts)
            if renewed != one:
                await deps.store.residents.put(renewed, work)


def _renewed(deps: Deps, resident: Resident, contacts: Mapping[str, Contact]) -> Resident:
    key = resident.resident_id
    if resident.erased_at:
        return resident
    try:
        return replace(
            resident,
            name_hashes=name_hashes(deps, deps.sealer.open(resident.sealed.name, NAME, key)),
            number_hashes=number_hashes(
                deps,
                deps.sealer.open(resident.sealed.id_number, ID_NUMBER, key),
                open_particulars(deps, resident).papers,
            ),
            phone_hashes=phone_hashes(deps, open_contact(deps, contacts.get(key)).phone),
        )
    except Unreadable:  # logged and counted where it was opened; the other files are brought along
        return resident


async def _bring_plates(deps: Deps) -> None:
    """Let journeys be found by their plates; there is one a journey at most."""
    known = await deps.store.plates.hashes()
    async for stored in deps.store.journeys.every():
        journey = journeys.open_plate(deps, stored)
        if journey.plate in ("", UNREADABLE):
            continue
        if known.get(journey.journey_id) != plates.plate_hash(deps, journey.plate):
            await _remember(deps, journey)


@retry_conflicts
async def _remember(deps: Deps, journey: Journey) -> None:
    async with deps.unit_of_work() as work:
        await plates.remember(deps, journey.journey_id, journey.resident_id, journey.plate, work)


BROUGHT_ALONG = Recurring("search.brought_along", EVERY, bring_along)
