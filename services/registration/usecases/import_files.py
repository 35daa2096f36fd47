"""The file of an import is kept sealed while rows of it are bad: they come back as a sheet to correct (R1.12)."""

import asyncio
import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from services.registration.domain.imports import Import, Kind, RowProblem
from services.registration.rosters.by_hand import ByHand, check_by_hand
from services.registration.rosters.error_sheets import Wording, error_sheet
from services.registration.rosters.reading import Opened, open_file
from services.registration.store.imports import FilePart
from services.registration.usecases import STAFF, Deps, import_work
from shared.base.errors import NotFound, Unreadable
from shared.web.access import Principal

FILE, MAPPING = "import.file", "import.mapping"  # what the seals are for
PIECE_BYTES = 512 << 10


class Sent(NamedTuple):
    """A file as it was sent: opened, with the import that it corrects, and how its columns were mapped by hand."""

    file: Opened
    corrects: Import | None
    by_hand: ByHand | None


async def open_sent(deps: Deps, caller: Principal, kind: Kind, content: bytes, by_hand: ByHand | None) -> Sent:
    """Return a file as it was sent. Raises `Invalid` for one that cannot be read, or for a wrong mapping.

    An error sheet has the columns of the import that it corrects, where the caller sees that one.
    """
    if by_hand:
        check_by_hand(by_hand, import_work.KINDS[kind].columns)
    file = await asyncio.to_thread(open_file, content)
    corrects = await deps.store.imports.get(file.corrects) if file.corrects else None
    if corrects is None or corrects.kind is not kind or not caller.may_see(corrects.area_path, STAFF):
        return Sent(file, None, by_hand)
    return Sent(file, corrects, by_hand or _mapping_of(deps, corrects))


def linked(deps: Deps, made: Import, sent: Sent) -> Import:
    """Return the import with what it corrects, how it was mapped, and that its file is kept."""
    text = json.dumps(dict(sent.by_hand), ensure_ascii=False) if sent.by_hand else ""
    mapping = deps.sealer.seal(text, MAPPING, made.import_id) if text else ""
    return replace(
        made, corrects=sent.corrects.import_id if sent.corrects else None, mapping=mapping, has_file=bool(made.rows)
    )


def _mapping_of(deps: Deps, imported: Import) -> ByHand | None:
    """Return how the columns of an import were mapped by hand, None where they were not."""
    if not imported.mapping:
        return None
    mapping: ByHand = json.loads(deps.sealer.open(imported.mapping, MAPPING, imported.import_id))
    return mapping


async def keep(deps: Deps, rows_id: str, content: bytes) -> None:
    """Store a file in sealed pieces, under the id under which its rows wait."""
    await deps.store.imports.store_file(await asyncio.to_thread(_pieces, deps, rows_id, content))


def _pieces(deps: Deps, rows_id: str, content: bytes) -> list[FilePart]:
    packed = zlib.compress(content, 1)
    pieces = [packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)]
    parts = [FilePart(rows_id, number, "") for number in range(len(pieces))]
    return [
        replace(part, sealed=deps.sealer.seal(base64.b85encode(piece).decode(), FILE, part.name))
        for part, piece in zip(parts, pieces, strict=True)
    ]


async def write_error_sheet(deps: Deps, imported: Import, problems: Sequence[RowProblem], wording: Wording) -> bytes:
    """Return a workbook of the bad rows of an import as they were sent. Raises `NotFound` once the file is removed."""
    parts = await deps.store.imports.file_of(imported) if imported.has_file and problems else []
    if not parts:
        text = "No rows are kept to correct: the import has no bad row, or it is older than 30 days"
        raise NotFound("registration.no_error_sheet", text)
    columns = import_work.KINDS[imported.kind].columns
    async with deps.reading:
        try:
            content = await asyncio.to_thread(_content, deps, parts)
            by_hand = _mapping_of(deps, imported)
        except Unreadable:
            text = "The kept rows cannot be read: correct your own file by the list of bad rows"
            raise NotFound("registration.no_error_sheet", text) from None
        file = await asyncio.to_thread(open_file, content)
        facts = (file, columns, by_hand, imported.import_id, problems, wording)
        return await asyncio.to_thread(error_sheet, *facts)


def _content(deps: Deps, parts: Sequence[FilePart]) -> bytes:
    opened = (deps.sealer.open(part.sealed, FILE, part.name) for part in parts)
    return zlib.decompress(b"".join(map(base64.b85decode, opened)))
