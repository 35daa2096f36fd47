"""The 18-digit citizen identification number (GB 11643-1999): its check digit, and the year of birth in it."""

import re

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def has_form(number: str) -> bool:
    """Whether the text has 17 digits and a last digit or X."""
    return _FORM.fullmatch(number) is not None


def is_checked(number: str) -> bool:
    """Whether the text has the form of a number and its check digit is right."""
    if not has_form(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[-1]
