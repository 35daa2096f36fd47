"""Searches for residents: by the beginning of a name, by a phone or its last four digits, by a door (R1.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.registration.domain import places
from services.registration.domain.places import Place
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, contacts, phones
from services.registration.usecases.names import NAME, is_begun, open_name
from services.registration.usecases.search_hashes import hashes_of
from shared.base.errors import Invalid, Unreadable
from shared.base.normal_form import LONGEST_BEGINNING
from shared.events.registration import PlaceLevel

WHOLE_DOOR_WAYS = 4  # in so many ways a roster may write building, unit and room
MOST_COMPOUNDS = 20  # a door without its compound is looked up in each of them

Matches = tuple[list[Resident], str | None]


@dataclass(frozen=True)
class Wanted:
    """What is searched for, one of them: the beginning of a name, a phone or its last four digits, or a door."""

    name: str = ""
    phone: str = ""
    door: str = ""


async def page(deps: Deps, path: str, wanted: Wanted, sort: str, after: str, limit: int) -> Matches:
    """Return a page of the residents within the path, those who are wanted, and what follows.

    A page of wanted ones may be shorter than `limit` although more follow. Raises `Invalid` for what no phone or door
    can be.
    """
    if wanted.phone:
        return await _by_phone(deps, path, phones.wanted_number(wanted.phone), sort, after, limit)
    if wanted.door:
        return await by_door(deps, path, wanted.door, after, limit)
    if wanted.name:
        return await _by_name(deps, path, wanted.name, sort, after, limit)
    return await deps.store.residents.page(path, sort, after, limit)


async def _by_name(deps: Deps, path: str, q: str, sort: str, after: str, limit: int) -> Matches:
    hashes = hashes_of(deps, NAME, q[:LONGEST_BEGINNING])
    residents, following = await deps.store.searched.named(path, hashes, sort, after, limit)
    if len(q) > LONGEST_BEGINNING:
        residents = [one for one in residents if is_begun(open_name(deps, one), q)]
    return residents, following


async def _by_phone(deps: Deps, path: str, number: str, sort: str, after: str, limit: int) -> Matches:
    """Return those whose phone it is now: a process of an earlier version may have left the hash of a former one."""
    hashes = phones.hashes_of_wanted(deps, number)
    residents, following = await deps.store.searched.with_phone(path, hashes, sort, after, limit)
    points = await deps.store.contacts.of_persons([one.resident_id for one in residents])

    def has(resident: Resident) -> bool:
        try:
            phone = contacts.open_contact(deps, points.get(resident.resident_id)).phone
        except Unreadable:
            return True  # its hash is known: the list has the file, and the page says that it cannot be read
        return phones.is_wanted(phone, number)

    return [one for one in residents if has(one)], following


async def by_door(deps: Deps, path: str, door: str, after: str, limit: int) -> Matches:
    """Return those who live behind a door, or behind the doors of a building or unit, in the order of the doors."""
    residents: list[Resident] = []
    doors = await _doors(deps, path, door)
    for one in doors:
        if after and after.partition("|")[0] >= f"{one}0":
            continue  # all of it lies before the row that `after` names
        here, following = await deps.store.residents.page(one, "door", after, limit - len(residents))
        residents += here
        if following and len(residents) == limit:
            return residents, following
    return residents, None


async def _doors(deps: Deps, path: str, text: str) -> Sequence[str]:
    """Return the paths that a door may have within the path, in order. Raises `Invalid` for what can be no door."""
    compounds = await deps.store.places.at_level(path, PlaceLevel.COMPOUND)
    named = _named(compounds, text)
    if not named and len(compounds) > MOST_COMPOUNDS:
        advice = (
            f"A door is looked up in {MOST_COMPOUNDS} compounds at most: begin with the compound's name, or choose it"
        )
        raise Invalid("registration.search_compound", advice, most=MOST_COMPOUNDS)
    try:
        if named:  # without a door it is the whole compound
            below = [(one.path, places.paths_of_door(rest) if rest else [""]) for one, rest in named]
        else:
            doors = places.paths_of_door(text)
            below = [(one.path, doors) for one in compounds]
    except ValueError as error:
        raise Invalid("registration.search_door", f"The door {error}") from None
    paths = sorted(compound + door for compound, doors in below for door in doors)
    # A text of building, unit and room is a whole door: one query has those that exist.
    is_whole = all(len(doors) >= WHOLE_DOOR_WAYS for _, doors in below)
    return await deps.store.residents.doors_among(paths) if is_whole else paths


def _named(compounds: Sequence[Place], text: str) -> list[tuple[Place, str]]:
    """Return the compounds with whose name the text begins, those of the longest name, each with what follows it."""
    begun = [(one, rest) for one in compounds if (rest := places.below_compound(text, one.name)) is not None]
    shortest = min((len(rest) for _, rest in begun), default=0)
    return [(one, rest) for one, rest in begun if len(rest) == shortest]
