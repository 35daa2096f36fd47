"""The unified social credit code of an employer (统一社会信用代码, GB 32100-2015), checked by its last character."""

import re

from shared.base import normal_form

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORM = re.compile(rf"[{_SIGNS}]{{2}}[0-9]{{6}}[{_SIGNS}]{{10}}")
_LOST_DIGITS = re.compile(r"[0-9.]+E\+?[0-9]+")
_LENGTH = 18


def check_credit_code(text: str) -> str:
    """Return the code in its normal form. Raises `ValueError` with a sentence where it is none."""
    code = normal_form.card(text).replace("-", "")
    if not code:
        raise ValueError("is missing: fill it in")
    if _LOST_DIGITS.fullmatch(code):
        raise ValueError("the spreadsheet made a number of it and lost digits: make the column text and enter it again")
    if len(code) != _LENGTH or not _FORM.fullmatch(code):
        raise ValueError("a unified social credit code has 18 digits and capitals without I, O, S, V and Z: correct it")
    if code[-1] != check_sign(code[:-1]):
        raise ValueError("the credit code's check character is wrong: compare it with the licence")
    return code


def check_sign(body: str) -> str:
    """Return the last character of the code that begins so: the weights are the powers of 3, modulo 31."""
    total = sum(_SIGNS.index(sign) * pow(3, at, 31) for at, sign in enumerate(body))
    return _SIGNS[-total % 31]
