"""The one search box: residents by whatever of them a clerk types, each with name and door (R1.3)."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from services.registration.domain import asked, pinyin
from services.registration.domain.asked import Asked, Kind
from services.registration.domain.residents import Named, Resident
from services.registration.store.residents import position
from services.registration.usecases import Deps, contacts, numbers, phones, plates, searching
from services.registration.usecases.names import NAME, PINYIN, is_begun, open_name
from services.registration.usecases.residents import named
from services.registration.usecases.search_hashes import hashes_of
from shared.base import area
from shared.base.errors import Invalid, Unreadable
from shared.base.normal_form import LONGEST_BEGINNING, search_key
from shared.base.sealing import keyed_hash
from shared.web.access import Principal

COMMON_LETTERS = 5  # so few letters may be a surname alone
PART, MOST_PARTS = 200, 5  # so many files are opened at once, and so many times, for what no index tells apart

Read = Callable[[str, int], Awaitable[list[Resident]]]  # up to so many who follow a position, by their doors
Fits = Callable[[Resident], bool]


class Matching(NamedTuple):
    """A resident as a search shows one."""

    resident: Resident
    named: Named
    number: str


@dataclass(frozen=True)
class Answer:
    """The residents of a page, by what they were looked up, and what names the last of them."""

    kinds: Sequence[Kind]
    residents: Sequence[Resident]
    following: str | None


async def look_up(deps: Deps, path: str, typed: str, after: str, limit: int) -> Answer:
    """Return a page of the residents within the path whom a text asks for, in the order of their doors.

    A page may be shorter than `limit` although more follow. Raises `Invalid` for a text that asks for nothing.
    """
    wanted = asked.read(typed)
    if not wanted.text:
        raise Invalid("registration.search_empty", "Type a name, pinyin, a door, a number or its last four digits")
    kind, _, last = after.rpartition("#")
    kinds = [Kind(kind)] if kind in tuple(Kind) else list(wanted.kinds)
    for number, one in enumerate(kinds, start=1):
        try:
            residents, following = await _by(deps, path, one, wanted, last, limit)
        except Invalid:  # what looks like a door may be a name that has a number
            if number == len(kinds):
                raise
            continue
        if residents or following or number == len(kinds):
            return Answer(kinds[:number], residents, f"{one.value}#{following}" if following else None)
    raise AssertionError("there is at least one kind")


async def matching(deps: Deps, caller: Principal, residents: Sequence[Resident]) -> list[Matching]:
    """Return the residents as a search shows them, in their order."""
    by_id = {one.resident_id: one for one in await named(deps, caller, [one.resident_id for one in residents])}
    here = [one for one in residents if one.resident_id in by_id]
    return [Matching(one, by_id[one.resident_id], numbers.masked_number(deps, one)) for one in here]


async def _by(deps: Deps, path: str, kind: Kind, wanted: Asked, after: str, limit: int) -> searching.Matches:
    text = wanted.text
    match kind:
        case Kind.DOOR:
            return await searching.by_door(deps, path, text, after, limit)
        case Kind.ID_NUMBER:
            known = await deps.store.residents.by_hash(keyed_hash(deps.id_hash_key, "id_number", text))
            return _within(path, [known] if known else []), None
        case Kind.PAPER:
            hashes = hashes_of(deps, numbers.PAPER, text)
            return await _paged(partial(deps.store.searched.having, path, "number_hashes", hashes), None, after, limit)
        case Kind.PLATE:
            ids = await plates.residents_with(deps, text)
            return _within(path, await deps.store.residents.by_ids(ids)), None
        case Kind.PINYIN:
            return await _by_pinyin(deps, path, text, after, limit)
        case Kind.NAME:
            key = search_key(text)
            hashes = hashes_of(deps, NAME, key[:LONGEST_BEGINNING])
            read = partial(deps.store.searched.by_name, path, hashes, common=len(key) == 1)
            longer = (lambda one: is_begun(open_name(deps, one), key)) if len(key) > LONGEST_BEGINNING else None
            return await _paged(read, longer, after, limit)
        case Kind.PHONE | Kind.LAST_FOUR:
            return await _by_digits(deps, path, kind, text, after, limit)


async def _by_pinyin(deps: Deps, path: str, text: str, after: str, limit: int) -> searching.Matches:
    """Return those whose pinyin or initials begin so; of a long text those whose whole name it is, where any are."""
    key = pinyin.key_of(text)
    if key != text:
        read = partial(deps.store.searched.by_name, path, hashes_of(deps, PINYIN, text))
        whole = await _paged(read, None, after, limit)
        if any(whole):
            return whole
    longer = (lambda one: pinyin.matches(open_name(deps, one), text)) if key != text else None
    common = len(key) <= COMMON_LETTERS
    read = partial(deps.store.searched.by_name, path, hashes_of(deps, PINYIN, key), common=common)
    return await _paged(read, longer, after, limit)


async def _by_digits(deps: Deps, path: str, kind: Kind, text: str, after: str, limit: int) -> searching.Matches:
    ends = set(hashes_of(deps, numbers.END, text)) if kind is Kind.LAST_FOUR else set()
    fields = {"phone_hashes": phones.hashes_of_wanted(deps, text), "number_hashes": sorted(ends)}
    having = deps.store.searched.having

    async def read(after: str, size: int) -> list[Resident]:
        parts = (having(path, field, hashes, after, size) for field, hashes in fields.items() if hashes)
        return _merged(await asyncio.gather(*parts))[:size]

    residents, following = await _paged(read, None, after, limit)
    points = await deps.store.contacts.of_persons([one.resident_id for one in residents])

    def has(resident: Resident) -> bool:
        """Whether it is so now: a process of an earlier version may have left the hash of a former phone."""
        if not ends.isdisjoint(resident.number_hashes):
            return True
        try:
            phone = contacts.open_contact(deps, points.get(resident.resident_id)).phone
        except Unreadable:
            return True  # its hash is known: the list has the file, and the page says that it cannot be read
        return phones.is_wanted(phone, text)

    return [one for one in residents if has(one)], following


async def _paged(read: Read, fits: Fits | None, after: str, limit: int) -> searching.Matches:
    """Return up to `limit` residents of those that are read, who fit, by their doors, and what names the last read."""
    chosen: list[Resident] = []
    for _ in range(MOST_PARTS):
        size = PART if fits else limit
        rows = await read(after, size)
        for one in rows:
            if fits is None or fits(one):
                chosen.append(one)
                if len(chosen) == limit and one != rows[-1]:
                    return chosen, position(one)
        if len(rows) < size:
            return chosen, None
        after = position(rows[-1])
        if len(chosen) >= limit:
            break
    return chosen, after


def _merged(read: Iterable[Sequence[Resident]]) -> list[Resident]:
    """Return files of several lists in one order, each once."""
    by_position = {position(one): one for one in heapq.merge(*read, key=position)}
    return [by_position[key] for key in sorted(by_position)]


def _within(path: str, residents: Iterable[Resident]) -> list[Resident]:
    return [one for one in residents if area.within(one.area_path, path) and not one.left]
