"""The bad rows of a roster as a workbook: the columns as they were sent, what is wrong, and the wrong cells marked.

Corrected, it is imported like any roster: its last heading names the import whose rows it corrects.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.registration.domain.imports import RowProblem
from services.registration.rosters.answers import NumberedRow, rows_of
from services.registration.rosters.by_hand import ByHand
from services.registration.rosters.cells import (
    LOST_DIGITS,
    MADE_A_DATE,
    MADE_A_NUMBER,
    MADE_A_TRUTH,
    MAYBE_MERGED,
    Cell,
)
from services.registration.rosters.columns import CORRECTS, Columns
from services.registration.rosters.reading import Opened
from shared.base.sheet_streams import Form, Marked, sheet_stream

# As a text such a cell could pass although it is not corrected: with this mark before it no check takes it.
UNSURE = "?"
_PASSES_AS_TEXT = frozenset({MADE_A_DATE, MADE_A_NUMBER, MADE_A_TRUTH, LOST_DIGITS, MAYBE_MERGED})


class Wording(NamedTuple):
    """The words of an error sheet in one language: its name, the heading of its last column, and of a problem."""

    title: str
    heading: str
    row: str
    problem: Callable[[str], str]


def error_sheet(
    file: Opened,
    columns: Columns,
    by_hand: ByHand | None,
    import_id: str,
    problems: Sequence[RowProblem],
    wording: Wording,
) -> bytes:
    """Return the workbook. Raises `Invalid` where the file cannot be read any more."""
    sheet, heading = file.find(columns, by_hand)
    wrong: dict[int, list[RowProblem]] = defaultdict(list)
    for one in problems:
        wrong[one.row].append(one)
    titles = {columns[name].titles[0]: at for at, name in heading.names.items()}
    above = sheet.first[heading.below - heading.rows : heading.below]
    rows = [row for row in rows_of(file.answer, sheet.number, heading.below) if row[0] in wrong]
    # The column of an earlier error sheet is replaced by that of this one.
    ours = {at for _, cells in above for at, cell in enumerate(cells) if CORRECTS.search(cell.text)}
    kept = [at for at in range(max(len(cells) for _, cells in [*above, *rows])) if at not in ours]
    top = [[_text(cells, at) for at in kept] for _, cells in above]
    top[-1].append(wording.heading.format(import_id))
    stream = sheet_stream(Form.XLSX, wording.title, top[0])
    body = stream.write([*top[1:], *_rows(rows, kept, wrong, titles, wording)])
    return body + stream.end()


def _rows(
    rows: Sequence[NumberedRow],
    kept: Sequence[int],
    wrong: Mapping[int, Sequence[RowProblem]],
    titles: Mapping[str, int],
    wording: Wording,
) -> Iterator[Sequence[str]]:
    for number, cells in rows:
        bad = {titles[one.column]: one.problem for one in wrong[number] if one.column in titles}
        about = "; ".join(f"{one.column} {wording.problem(one.problem)}" for one in wrong[number])
        row = [_marked(_text(cells, at), bad[at]) if at in bad else _text(cells, at) for at in kept]
        yield [*row, Marked(f"{wording.row.format(number)} {about}")]


def _marked(text: str, problem: str) -> Marked:
    return Marked(UNSURE + text if problem in _PASSES_AS_TEXT else text)


def _text(cells: Sequence[Cell], at: int) -> str:
    return cells[at].text if at < len(cells) else ""
