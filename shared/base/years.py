"""The years with which every rule can count, whatever time zone or span it adds."""

from datetime import date, datetime

FIRST_YEAR, LAST_YEAR = 1900, 2199


def is_countable(at: date | datetime) -> bool:
    """Whether a day or an instant lies within these years."""
    return FIRST_YEAR <= at.year <= LAST_YEAR
