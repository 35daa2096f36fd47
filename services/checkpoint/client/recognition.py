"""What a scanner, a keyboard or a file hands over, a line a person: what was shown, and the temperature."""

import re
from typing import NamedTuple

from services.checkpoint.domain.policy import plain_plate
from services.checkpoint.domain.scan import TEMPERATURE_RANGE_C
from shared.events.checkpoint import CredentialKind
from shared.health_code import PREFIX

LONGEST = 512
_ID_NUMBER = re.compile(r"\d{17}[\dXx]").fullmatch
_SLIP = re.compile(r"V-[0-9A-Z]{8}", re.IGNORECASE).fullmatch
_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{4,6}[A-Z0-9学警港澳挂领使]?").fullmatch


class Line(NamedTuple):
    """What stood in a line."""

    kind: CredentialKind
    value: str
    temperature_c: float | None = None


class Unreadable(ValueError):
    """A line that is no scan; its text says what to do."""


def recognised(text: str) -> Line:
    """Return what a line holds: a credential, and after a semicolon the temperature. Raises `Unreadable`."""
    value, semicolon, degrees = text.strip().rpartition(";") if ";" in text else (text.strip(), "", "")
    value = value.strip()
    if not value:
        raise Unreadable("nothing was read: scan again")
    if len(value) > LONGEST or not value.isprintable():
        raise Unreadable("that is no code, card or number: scan again")
    return Line(_kind(value), value, _temperature(degrees) if semicolon else None)


def _kind(value: str) -> CredentialKind:
    if value.startswith(PREFIX):
        return CredentialKind.CODE
    if _ID_NUMBER(value):
        return CredentialKind.ID_NUMBER
    if _SLIP(value):
        return CredentialKind.VISITOR
    return CredentialKind.PLATE if _PLATE(plain_plate(value)) else CredentialKind.CARD


def _temperature(text: str) -> float:
    low, high = TEMPERATURE_RANGE_C
    try:
        degrees = float(text.strip().replace(",", "."))
    except ValueError:
        raise Unreadable(f"{text.strip()!r} is no temperature: write it as ;36.8") from None
    if not low <= degrees <= high:
        raise Unreadable(f"{degrees} is not a body temperature in degrees Celsius: measure again")
    return degrees
