"""A cell of a roster: its text, and what the spreadsheet took it for.

A spreadsheet makes numbers and dates of what people type: an ID number loses its last digits, a card the zeros at its
beginning, and room 3-1 becomes the third of January.
"""

import re
from enum import StrEnum
from typing import NamedTuple

EXACT_DIGITS = 15  # spreadsheets keep 15 digits of a number
LONGEST = 200

_DATES = re.compile(
    r"\d{1,2}-[A-Za-z]{3}(-\d{2,4})?|[A-Za-z]{3}-\d{2,4}|(\d{2,4}年)?\d{1,2}月(\d{1,2}日)?"
    r"|\d{1,4}/\d{1,2}(/\d{1,4})?( .*)?|(19|20)\d{2}-\d{1,2}-\d{1,2}( .*)?"
)
_BOOLEANS = frozenset({"true", "false"})
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|#+)")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_DECIMAL_TEXT = re.compile(r"\d+\.0+")
_FORMULA_TEXT = re.compile(r'="([^"]*)"')
# 18 digits of which a spreadsheet kept 15. A person whose number ends so goes in from a workbook.
_ROUNDED = "000"
_WHOLE = re.compile(r"\d+")
_LANDLINE_WITHOUT_ZERO = range(9, 11)  # digits

MADE_A_DATE = "the spreadsheet made a date of it: make the column text and enter it again"
MADE_A_NUMBER = "the spreadsheet made a number of it, and zeros are lost: make the column text and enter it again"
LOST_DIGITS = "the spreadsheet made a number of it and lost digits: make the column text and enter it again"
MADE_A_TRUTH = "the spreadsheet made TRUE or FALSE of it: make the column text and enter it again"
SHOWS_AN_ERROR = "the spreadsheet shows an error there: correct the formula, or enter the value"
TOO_LONG = f"has more than {LONGEST} characters: shorten it"


class Kind(StrEnum):
    """What a file states about a cell: a `NUMBER` may be shown otherwise, a `PLAIN` number is shown as it is.

    A text file states nothing about its `UNTYPED` cells. The text of a `PADDED` number has the zeros that are shown.
    """

    TEXT = "text"
    UNTYPED = "untyped"
    NUMBER = "number"
    PLAIN = "plain"
    PADDED = "padded"
    DATE = "date"
    TRUTH = "truth"
    ERROR = "error"


class Cell(NamedTuple):
    """A cell: the text, without blanks around it, and its kind."""

    text: str
    kind: Kind = Kind.TEXT


class Column(StrEnum):
    """What the texts of a column are for: how the spreadsheet's own doings are judged."""

    WORDS = "words"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    CARD = "card"
    DOOR = "door"
    DAY = "day"


EMPTY = Cell("")
_NUMBERS = frozenset({Kind.NUMBER, Kind.PLAIN, Kind.PADDED})


def text_of(cell: Cell, column: Column) -> str:
    """Return what was typed into a cell. Raises `ValueError` with a sentence where the spreadsheet has changed it."""
    if len(cell.text) > LONGEST:
        raise ValueError(TOO_LONG)
    if cell.kind is Kind.ERROR or _ERRORS.fullmatch(cell.text):
        raise ValueError(SHOWS_AN_ERROR)
    if cell.kind is Kind.DATE and column is not Column.DAY:
        raise ValueError(MADE_A_DATE)
    if cell.kind is Kind.TRUTH:
        raise ValueError(MADE_A_TRUTH)
    if column in (Column.WORDS, Column.DAY):
        return cell.text
    return _identifier(cell, column)


def _identifier(cell: Cell, column: Column) -> str:
    if cell.kind in _NUMBERS:
        return _of_number(cell.text, cell.kind, column)
    if _DECIMAL_TEXT.fullmatch(cell.text):  # 1201.0, as programs write numbers into text files
        return _of_number(cell.text.partition(".")[0], Kind.NUMBER, column)
    text = cell.text.removeprefix("'").strip()
    if formula := _FORMULA_TEXT.fullmatch(text):
        text = formula[1]
    rounded = cell.kind is Kind.UNTYPED and column is Column.ID_NUMBER and text.endswith(_ROUNDED)
    if rounded or _SCIENTIFIC.fullmatch(text):
        raise ValueError(LOST_DIGITS)
    if column is Column.DOOR and _DATES.fullmatch(text):
        raise ValueError(MADE_A_DATE)
    if column is Column.DOOR and text.lower() in _BOOLEANS:
        raise ValueError(MADE_A_TRUTH)
    return text


def _of_number(text: str, kind: Kind, column: Column) -> str:
    """Return the text of a number cell. Raises `ValueError` where digits or zeros may be lost."""
    if column is Column.ID_NUMBER or len(text.lstrip("0")) > EXACT_DIGITS:
        raise ValueError(LOST_DIGITS)
    no_zero = column is Column.PHONE and len(text) in _LANDLINE_WITHOUT_ZERO
    unseen = column is Column.CARD and kind is Kind.NUMBER
    if not _WHOLE.fullmatch(text) or no_zero or unseen:
        raise ValueError(MADE_A_NUMBER)
    return text
