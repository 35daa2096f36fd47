"""Lists with names as sheets, however long: read a page at a time, in the order of the doors (R1.12)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextvars import Context
from itertools import groupby
from typing import NamedTuple, TypeVar

from services.registration.domain.persons import CARE_IN_WORDS
from services.registration.domain.places import door_in_words
from services.registration.domain.residents import Resident
from services.registration.store.residents import DOOR
from services.registration.usecases import Deps
from services.registration.usecases.contacts import show_phone
from services.registration.usecases.names import open_name
from shared.base.area import ancestors
from shared.base.sheet_streams import Form, SheetStream, sheet_stream
from shared.store.mongo import answering_within

ROWS_A_PAGE = 1_000
PAGE_S = 120.0  # how long the store may take for a page: the first one reads all of a list on an embedded server
MOST_NAMES = 50_000  # names of places that are kept while a list is written

T = TypeVar("T")


class Listed(NamedTuple):
    """A resident in a list: the texts of the cells."""

    household_id: str
    door: str
    name: str
    phone: str
    care: str
    resident_id: str


class Export(NamedTuple):
    """A list as a sheet: its title, its heading, and what makes rows of a page of residents."""

    title: str
    heading: tuple[str, ...]
    rows: Callable[[Sequence[Listed]], Iterator[Sequence[str]]]


def _residents(page: Sequence[Listed]) -> Iterator[Sequence[str]]:
    for one in page:
        yield one.door, one.name, one.phone, one.care, one.resident_id


def _households(page: Sequence[Listed]) -> Iterator[Sequence[str]]:
    for _, group in groupby(page, key=lambda one: one.household_id):
        members = list(group)
        care = "、".join(dict.fromkeys(one.care for one in members if one.care))
        yield members[0].door, str(len(members)), "、".join(one.name for one in members), care


RESIDENTS = Export("居民", ("门牌", "姓名", "电话", "特殊人群", "档案编号"), _residents)
HOUSEHOLDS = Export("住户", ("门牌", "人数", "姓名", "特殊人群"), _households)


async def write(deps: Deps, export: Export, path: str, form: Form) -> AsyncIterator[bytes]:
    """Yield the sheet of a list of an area path in pieces."""
    sheet = sheet_stream(form, export.title, export.heading)
    names: dict[str, str] = {}
    kept: list[Listed] = []  # of the last door of a page: more of its residents may follow
    after: str | None = ""
    while after is not None:
        page, after = await _apart(_page, deps, path, after, names)
        page = kept + page
        kept = _of_last_door(page) if after is not None else []
        if piece := await asyncio.to_thread(_write_rows, sheet, export, page[: len(page) - len(kept)]):
            yield piece
    yield await asyncio.to_thread(sheet.end)


def _write_rows(sheet: SheetStream, export: Export, page: Sequence[Listed]) -> bytes:
    return sheet.write(export.rows(page))


def _of_last_door(page: Sequence[Listed]) -> list[Listed]:
    last = page[-1].household_id if page else ""
    at = next((n for n in range(len(page), 0, -1) if page[n - 1].household_id != last), 0)
    return list(page[at:])


async def _page(deps: Deps, path: str, after: str, names: dict[str, str]) -> tuple[list[Listed], str | None]:
    """Return a page of the residents of a path in clear, and behind what the next one begins."""
    stored, following = await deps.store.residents.page(path, DOOR, after, ROWS_A_PAGE)
    points = await deps.store.contacts.of_persons([one.resident_id for one in stored])
    if len(names) > MOST_NAMES:
        names.clear()
    above = {place for one in stored for place in ancestors(one.area_path)[1:]} - names.keys()
    names |= dict.fromkeys(above, "") | await deps.store.places.names(above)
    named = {place: name for place, name in names.items() if name}

    def listed(one: Resident) -> Listed:
        phone = show_phone(deps, points.get(one.resident_id)) or ""
        care = "、".join(CARE_IN_WORDS.get(code, code) for code in one.categories)
        door = door_in_words(one.area_path, named)
        return Listed(one.household_id, door, open_name(deps, one), phone, care, one.resident_id)

    return await asyncio.to_thread(lambda: [listed(one) for one in stored]), following


async def _apart(read: Callable[..., Awaitable[T]], *facts: object) -> T:
    """Await a call to the store that has time of its own: a long list takes longer than a request may."""

    async def within_its_own_time() -> T:
        with answering_within(PAGE_S):
            return await read(*facts)

    return await asyncio.create_task(within_its_own_time(), context=Context())
