"""Files of an earlier version get the hashes of their phones, and those whose phone such a version has changed since.

All files are gone through, and again every day.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.registration.domain.contacts import Contact
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.contacts import open_contact
from services.registration.usecases.phones import with_phone
from shared.base.errors import Unreadable
from shared.store.recurring import Recurring
from shared.store.unit_of_work import retry_conflicts

EVERY, AGAIN_AFTER = timedelta(seconds=30), timedelta(days=1)
FILES_A_TURN, FILES_A_TRANSACTION = 1_000, 50


async def bring_along(deps: Deps) -> None:
    """Let some more files have the hashes of their phones; from the first file on again a day after the last one."""
    state, now = await deps.store.phones_brought.state(), deps.clock.now()
    if state.whole_at and now - state.whole_at < AGAIN_AFTER:
        return
    contacts = await deps.store.contacts.page("" if state.whole_at else state.after, FILES_A_TURN)
    for at in range(0, len(contacts), FILES_A_TRANSACTION):
        await _bring(deps, {one.person_id: one for one in contacts[at : at + FILES_A_TRANSACTION]})
    is_whole = len(contacts) < FILES_A_TURN
    await deps.store.phones_brought.keep("" if is_whole else contacts[-1].person_id, now if is_whole else None)


async def _bring(deps: Deps, contacts: Mapping[str, Contact]) -> None:
    stale = [one for one in await deps.store.residents.by_ids(contacts) if _renewed(deps, one, contacts) != one]
    if stale:
        await _renew(deps, [one.resident_id for one in stale])


@retry_conflicts
async def _renew(deps: Deps, resident_ids: Sequence[str]) -> None:
    async with deps.unit_of_work() as work:
        contacts = await deps.store.contacts.several(resident_ids, work)
        for one in await deps.store.residents.several(resident_ids, work):
            renewed = _renewed(deps, one, contacts)
            if renewed != one:
                await deps.store.residents.put(renewed, work)


def _renewed(deps: Deps, resident: Resident, contacts: Mapping[str, Contact]) -> Resident:
    try:
        return with_phone(deps, resident, open_contact(deps, contacts.get(resident.resident_id)).phone)
    except Unreadable:  # logged and counted where it was opened; the other files are brought along
        return resident


BROUGHT_ALONG = Recurring("phones.brought_along", EVERY, bring_along)
