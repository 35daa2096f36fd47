"""Columns that clerks map by hand: looked at before an import, remembered for the office, changed and forgotten."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registration.domain.import_mappings import ImportMapping, columns_text
from services.registration.domain.imports import Kind
from services.registration.rosters.by_hand import (
    ByHand,
    Titled,
    candidates,
    check_by_hand,
    guess_heading,
    sample_of,
    suggested,
)
from services.registration.rosters.reading import Opened, open_file
from services.registration.usecases import STAFF, Deps, import_work
from shared.base.errors import Forbidden, Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.sealing import keyed_hash
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal, Role

SAMPLE = 8
OFFICE = (Role.CITY, Role.COMMUNITY)


@dataclass(frozen=True)
class Looked:
    """What stands at the top of a file: the heading by its row, what each title is known for, and the rows below.

    `remembered` is the mapping of these titles by the caller's office, or by one above it.
    """

    sheet: str
    row: int
    titles: Sequence[str]
    suggested: ByHand
    sample: Sequence[Sequence[str]]
    remembered: ImportMapping | None


def require_kind(caller: Principal, kind: Kind) -> None:
    """Raise `Forbidden` where the caller may not import rosters of this kind."""
    if kind is not Kind.RESIDENTS and caller.roles.isdisjoint(OFFICE):
        needed = ", ".join(sorted(OFFICE))
        raise Forbidden("access.role_missing", f"This needs one of the roles {needed}", roles=needed)


async def look(deps: Deps, caller: Principal, kind: Kind, content: bytes, row: int = 0) -> Looked:
    """Return the top of a file, by the row that is the heading, or by the likeliest one; nothing is stored.

    Raises `Invalid` where the file has no such row.
    """
    require_kind(caller, kind)
    async with deps.reading:
        file = await asyncio.to_thread(open_file, content)
    remembered = None if row else await _remembered(deps, caller, kind, file)
    if remembered is not None:
        heading, sheet_number, mapping = remembered
        return _looked(kind, file, sheet_number, heading, mapping)
    for number, sheet in enumerate(file.sheets):
        if not sheet.hidden and (likely := guess_heading(sheet.first, import_work.KINDS[kind].columns, row)):
            return _looked(kind, file, number, likely, None)
    text = "The file has no such row with two titles or more among its first 15 rows: choose the row of its heading"
    raise Invalid("import.no_heading", text)


async def _remembered(
    deps: Deps, caller: Principal, kind: Kind, file: Opened
) -> tuple[Titled, int, ImportMapping] | None:
    """Return the heading of a file for which a mapping is remembered, its sheet, and the mapping."""
    rows = [(at, one) for at, sheet in enumerate(file.sheets) if not sheet.hidden for one in candidates(sheet.first)]
    keys = {titles_key(deps, kind, one.titles.values()): (one, at) for at, one in reversed(rows)}
    for mapping in await deps.store.import_mappings.of_titles(caller.area, list(keys)):
        return *keys[mapping.titles_key], mapping
    return None


def _looked(kind: Kind, file: Opened, number: int, heading: Titled, mapping: ImportMapping | None) -> Looked:
    sheet, columns = file.sheets[number], import_work.KINDS[kind].columns
    titles = list(heading.titles.values())
    sample = sample_of(sheet.first, heading, SAMPLE)
    return Looked(sheet.name, heading.row, titles, suggested(heading.titles, columns), sample, mapping)


@retry_conflicts
async def remember(deps: Deps, caller: Principal, kind: Kind, by_hand: ByHand) -> ImportMapping:
    """Remember a mapping for the caller's area, in the place of that of the same titles. Raises `Invalid`."""
    require_kind(caller, kind)
    check_by_hand(by_hand, import_work.KINDS[kind].columns)
    key = titles_key(deps, kind, by_hand)
    mapping_id = derived_id("import-mapping", caller.area, key)
    async with deps.unit_of_work() as work:
        known = await deps.store.import_mappings.get(mapping_id, work)
        if known is not None and dict(known.by_title) == dict(by_hand):
            return known
        text = columns_text(by_hand)
        made = ImportMapping(mapping_id, kind, caller.area, key, text, caller.subject, deps.clock.now())
        await deps.store.import_mappings.put(made, work)
    return made


@retry_conflicts
async def forget(deps: Deps, caller: Principal, mapping_id: str) -> None:
    """Forget a mapping of the caller's area. Raises `NotFound` outside it."""
    async with deps.unit_of_work() as work:
        known = await deps.store.import_mappings.get(mapping_id, work)
        if known is None or not caller.may_see(known.area_path, STAFF):
            raise NotFound("registration.no_such_mapping", "The mapping was not found in your area")
        require_kind(caller, known.kind)
        await deps.store.import_mappings.remove(mapping_id, work)


def titles_key(deps: Deps, kind: Kind, titles: Iterable[str]) -> str:
    """Return by what a mapping of these titles is looked up, whatever their order."""
    return keyed_hash(deps.id_hash_key, "import titles", json.dumps([kind.value, *sorted(titles)]))
