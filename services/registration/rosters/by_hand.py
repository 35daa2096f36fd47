"""Columns that a clerk maps by hand: titles of a foreign heading to the columns of a roster (R1.12).

A title that stands several times in a heading is numbered: 电话, 电话 (2). An empty column means that it is not read.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.registration.rosters.cells import LONGEST, Cell
from services.registration.rosters.columns import (
    CORRECTS,
    HEADING_WITHIN_ROWS,
    Columns,
    Heading,
    Table,
    column_of,
    missing_in,
    refuse_repeated,
)
from shared.base.errors import Invalid

ByHand = Mapping[str, str]  # the column by its title in the file
_LEAST_TITLES = 2


class Titled(NamedTuple):
    """Rows that may be a heading: the number of the first, how many they are, and the titles by their positions."""

    row: int
    rows: int
    titles: Mapping[int, str]


def candidates(table: Table) -> list[Titled]:
    """Return what may be the heading among the first rows of a sheet: each row, and each with the row below it."""
    first = table[:HEADING_WITHIN_ROWS]
    spans = [first[at : at + rows] for at in range(len(first)) for rows in (1, 2)]
    return [Titled(span[0][0], len(span), titles_of(span)) for span in spans if span]


def titles_of(rows: Table) -> dict[int, str]:
    """Return the titles by position, the lower of two rows before the upper one, and repeated ones with a number."""
    texts: dict[int, str] = {}
    for _, cells in rows:
        texts |= {at: _folded(cell) for at, cell in enumerate(cells) if cell.text and not CORRECTS.search(cell.text)}
    titles: dict[int, str] = {}
    for at in sorted(texts):
        count, title = 1, texts[at]
        while title in titles.values():
            count += 1
            title = f"{texts[at]} ({count})"
        titles[at] = title
    return titles


def guess_heading(table: Table, columns: Columns, row: int = 0) -> Titled | None:
    """Return what is most likely the heading: the row with most known titles, then with most texts.

    A `row` that is named is the heading.
    """
    rows = [one for one in candidates(table) if one.row == row or not row]
    wide = [one for one in rows if len(one.titles) >= _LEAST_TITLES and (one.rows == 1 or not row)]
    return max(wide, key=lambda one: (_count_known(one, columns), len(one.titles), -one.rows), default=None)


def heading_by_hand(table: Table, columns: Columns, by_hand: ByHand) -> Heading | None:
    """Return the heading that has all titles of a mapping, or None where no row has them."""
    first = table[:HEADING_WITHIN_ROWS]
    at_row = {number: at for at, (number, _) in enumerate(first)}
    for one in sorted(candidates(table), key=lambda one: one.rows):
        if by_hand.keys() <= set(one.titles.values()):
            names = {at: by_hand[title] for at, title in one.titles.items() if by_hand.get(title)}
            unknown = [title for title in one.titles.values() if title not in by_hand]
            below = at_row[one.row] + one.rows
            width = max(len(cells) for _, cells in first[below - one.rows : below])
            return Heading(names, unknown, below, width, one.titles, one.rows)
    return None


def check_by_hand(by_hand: ByHand, columns: Columns) -> None:
    """Raise `Invalid` where a mapping names no column of the roster, one of them twice, or not all that are needed."""
    names = [name for name in by_hand.values() if name]
    if unknown := sorted(set(names) - set(columns)):
        text = f"The roster has no column {', '.join(unknown)}; the columns are {', '.join(columns)}"
        raise Invalid("import.mapping_unknown", text, unknown=", ".join(unknown), known=", ".join(columns))
    refuse_repeated(names, columns)
    if missing := missing_in(names, columns):
        lacking = "、".join(missing)
        text = f"The mapping lacks the columns {lacking}: choose which column of the file holds each"
        raise Invalid("import.mapping_lacks", text, missing=lacking)


def _count_known(one: Titled, columns: Columns) -> int:
    return len(set(suggested(one.titles, columns).values()) - {""})


def suggested(titles: Mapping[int, str], columns: Columns) -> dict[str, str]:
    """Return the column that each title is known for, or an empty one; a column is suggested once."""
    made: dict[str, str] = {}
    for title in titles.values():
        name = column_of(title, columns)
        made[title] = name if name not in made.values() else ""
    return made


def _folded(cell: Cell) -> str:
    return " ".join(cell.text.split())[:LONGEST]


def sample_of(table: Table, heading: Titled, most: int) -> list[list[str]]:
    """Return the first rows below a heading, as texts of its columns."""
    below = [cells for number, cells in table if number >= heading.row][heading.rows :]
    return [[_text_at(cells, at) for at in heading.titles] for cells in below[:most]]


def _text_at(cells: Sequence[Cell], at: int) -> str:
    return cells[at].text[:LONGEST] if at < len(cells) else ""
