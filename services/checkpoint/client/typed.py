"""A scan apart from what was typed before it, and a temperature by itself."""

import re

from services.checkpoint.client.keys import Entered
from services.checkpoint.client.recognition import Line, Unreadable, recognised
from shared.base import normal_form
from shared.events.checkpoint import CredentialKind

_DEGREES = re.compile(r"([0-9]{2,3}[.,。][0-9]+) ?(?:°?[Cc]|度)?;?").fullmatch
_WHOLE_DEGREES = re.compile(r"([0-9]{2,3}(?:[.,。][0-9]+)?) ?(?:°?[Cc]|度)?;?").fullmatch
_BEGUN_DEGREES = re.compile(r"[0-9]{0,3}[.,。]?[0-9]{0,2} ?").fullmatch
_CERTAIN = (CredentialKind.CODE, CredentialKind.ID_NUMBER, CredentialKind.PLATE, CredentialKind.VISITOR)


def credential_of(text: str) -> Line | None:
    """Return the credential that a text holds; None for none."""
    try:
        line = recognised(text)
    except Unreadable:
        return None
    return None if line.problem else line


def degrees_of(text: str, is_asked: bool) -> float | None:
    """Return the number that a text is, with decimals; a whole number counts only where a temperature is asked for."""
    match = (_WHOLE_DEGREES if is_asked else _DEGREES)(normal_form.fold(text))
    return float(match[1].replace(",", ".").replace("。", ".")) if match else None


def separate(entered: Entered, asks_temperature: bool) -> tuple[str | None, str]:
    """Return the scan of a line, and a temperature that was typed before it; None where both together may be meant."""
    whole, head, burst = entered
    own = credential_of(burst) if burst else None
    if own is None:
        return whole, ""
    together = credential_of(whole)
    degrees = head if degrees_of(head, is_asked=True) is not None else ""
    if together is None or own.kind in _CERTAIN:
        return burst, degrees
    if together.kind in _CERTAIN:
        return whole, ""
    if asks_temperature and _BEGUN_DEGREES(normal_form.fold(head)):
        return burst, degrees
    return None, ""
