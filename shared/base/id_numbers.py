"""The 18-digit citizen identification number (GB 11643-1999): its check digit, and the year of birth in it."""

import re
from operator import mul

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLD_FORM = re.compile(r"[1-9][0-9]{14}")  # issued until 1999
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_OF_ZEROS = ord("0") * sum(_WEIGHTS)


def has_form(number: str) -> bool:
    """Whether the text has 17 digits and a last digit or X."""
    return _FORM.fullmatch(number) is not None


def is_checked(number: str) -> bool:
    """Whether the text has the form of a number and its check digit is right."""
    if not has_form(number):
        return False
    total = sum(map(mul, _WEIGHTS, number.encode())) - _OF_ZEROS  # the scan path does this for each number
    return _CHECKS[total % 11] == number[-1]


def whole(number: str) -> str:
    """Return a number of the old form, of 15 digits, in the present one of 18; any other text as it is.

    The old form leaves out the century, which is the twentieth, and the check digit.
    """
    if _OLD_FORM.fullmatch(number) is None:
        return number
    first = f"{number[:6]}19{number[6:]}"
    return first + _CHECKS[(sum(map(mul, _WEIGHTS, first.encode())) - _OF_ZEROS) % 11]
