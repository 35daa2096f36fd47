"""A resident's file with how the person is reached: stored and published whole, and given back as it was before."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from services.registration.domain.cards import Card
from services.registration.domain.changes import OF_CONTACT, OF_PARTICULARS, OF_RESIDENT, Field, FieldChange
from services.registration.domain.contacts import Contact, ContactPoints
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, changes, contacts, particulars
from services.registration.usecases.names import open_name, rename
from services.registration.usecases.phones import with_phone
from shared.base.json_types import Json
from shared.store.unit_of_work import UnitOfWork


class File(NamedTuple):
    """A resident and how the person is reached, in clear."""

    resident: Resident
    points: ContactPoints


async def put(
    deps: Deps, old: File, new: File, contact: Contact | None, by: str, work: UnitOfWork, held: Collection[str] = ()
) -> None:
    """Store what is another than before of a file, its cards and the contact, and publish it.

    `held` are cards that are stored as the person's already.
    """
    before, after = old.resident, with_phone(deps, new.resident, new.points.phone)
    if after != before:
        await deps.store.residents.put(after, work)
    # The whole name and the phone are no public facts.
    hashes = {name: getattr(after, name) for name in ("name_hashes", "phone_hashes", "number_hashes")}
    if after != replace(before, sealed=after.sealed, **hashes):
        work.emit(changes.event_of(before, after).of(after))
    if new.points != old.points:
        await contacts.replace_contact(deps, by, contact, after, new.points, work)
    if given_up := [one for one in before.card_hashes if one not in after.card_hashes]:
        await deps.store.cards.free(given_up, before.resident_id, work)
    gained = [one for one in after.card_hashes if one not in before.card_hashes and one not in held]
    await deps.store.cards.insert([Card(one, before.resident_id) for one in gained], work)


def is_as_after(deps: Deps, file: File, fields: Sequence[FieldChange]) -> bool:
    """Whether a file still holds what a change has set."""
    return all(_value(deps, file, one.field) == one.after for one in fields)


def _value(deps: Deps, file: File, name: Field) -> Any:  # Any: what a field of any type holds
    if name is Field.NAME:
        return open_name(deps, file.resident)
    if name in OF_PARTICULARS:
        return particulars.part(deps, file.resident, name)
    return getattr(file.points if name in OF_CONTACT else file.resident, name)


def as_before(deps: Deps, file: File, fields: Sequence[FieldChange]) -> File:
    """Return a file with the values from before a change."""
    of_resident: Json = {one.field.value: one.before for one in fields if one.field in OF_RESIDENT}
    of_contact: Json = {one.field.value: one.before for one in fields if one.field in OF_CONTACT}
    parts = {one.field.value: str(one.before) for one in fields if one.field in OF_PARTICULARS}
    resident = particulars.with_parts(deps, replace(file.resident, **of_resident), parts)
    name = next((one.before for one in fields if one.field is Field.NAME), None)
    if isinstance(name, str):
        resident = rename(deps, resident, name)
    return File(resident, replace(file.points, **of_contact))


def door_before(file: File, fields: Sequence[FieldChange]) -> str:
    """Return the door at which the person lived before a change."""
    door = next((one.before for one in fields if one.field is Field.DOOR), file.resident.area_path)
    return str(door)
