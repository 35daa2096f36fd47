"""Cells of sheets that people open in a spreadsheet: a text never becomes a formula.

Every export writes its cells by this function; `tests/security/test_exports.py` refuses a writer without it.
"""

import unicodedata

# What a spreadsheet reads as the beginning of a formula, also behind blanks and in full width. Tab and CR split a cell.
_FORMULA = frozenset("=+-@\t\r\n|%")


def cell(value: object) -> object:
    """Return what a sheet holds for a value: a text that begins like a formula gets an apostrophe before it.

    Numbers, dates and truths stay as they are.
    """
    if not isinstance(value, str):
        return value
    visible = "".join(mark for mark in value if unicodedata.category(mark) != "Cf")
    folded = unicodedata.normalize("NFKC", visible)
    begins = folded[:1] in _FORMULA or folded.lstrip()[:1] in _FORMULA
    return f"'{value}" if value and begins else value
