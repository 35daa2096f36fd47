"""Reads the answer of a reader process (`child.py`) line by line: a large file's rows are never all in memory."""

import gzip
import io
import json
from collections.abc import Iterator
from typing import NamedTuple

from services.registration.rosters.cells import Cell, Kind
from services.registration.rosters.columns import HEADING_WITHIN_ROWS
from shared.base.errors import Invalid

_ROW = b"["
_FIRST_ROWS = HEADING_WITHIN_ROWS + 1

NumberedRow = tuple[int, list[Cell]]


class SheetTop(NamedTuple):
    """A sheet before its rows are read: its number in the answer, and the rows that may be its heading."""

    number: int
    name: str
    merged_known: bool
    hidden: bool
    first: list[NumberedRow]


def tops(answer: bytes) -> list[SheetTop]:
    """Return the sheets of an answer. Raises `Invalid` where the file is wrong."""
    sheets: list[SheetTop] = []
    for line in _lines(answer):
        if not line.startswith(_ROW):
            about = json.loads(line)
            if "code" in about:
                raise Invalid(about["code"], about["detail"], **about["details"])
            if "again" in about:
                sheets.clear()
            else:
                sheets.append(SheetTop(len(sheets), first=[], **about))
        elif len(sheets[-1].first) < _FIRST_ROWS:
            sheets[-1].first.append(_row(line))
    return sheets


def rows_of(answer: bytes, sheet: int, below: int) -> Iterator[NumberedRow]:
    """Yield the rows of a sheet without the first ones of it."""
    at, skip = -1, 0
    for line in _lines(answer):
        if line.startswith(_ROW):
            if at == sheet and skip <= 0:
                yield _row(line)
            skip -= 1
        elif line.startswith(b'{"again"'):
            at = -1
        else:
            at, skip = at + 1, below


def _lines(answer: bytes) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BytesIO(answer)) as lines:
        yield from lines


def _row(line: bytes) -> NumberedRow:
    number, cells = json.loads(line)
    return number, [Cell(text, _KINDS[kind]) for text, kind in cells]


_KINDS = {kind.value: kind for kind in Kind}
