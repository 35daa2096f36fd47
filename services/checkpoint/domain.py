"""The decision at a gate: pure rules over a scan, what is known of the person, and a policy.

Scans and answers are msgspec structs, which are read and written as they stand: the scan path must be cheap.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated

import msgspec

from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict
from shared.events.registration import Colour

FEVER_OVER_C = 37.3
TEMPERATURE_RANGE_C = (30.0, 45.0)
MAX_AHEAD = timedelta(minutes=5)
MAX_AGE = timedelta(days=30)
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was shown: a signed code's text, a card's number, an ID number, a plate, or a visitor's slip."""

    kind: CredentialKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scan as the device posts it (R2.2). The device makes `scan_id` (UUIDv7) and counts `seq`."""

    scan_id: str
    gate_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    seq: Annotated[int, msgspec.Meta(ge=0)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    direction: Direction
    credential: Credential
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE

    def __post_init__(self) -> None:
        if not _UUID7.fullmatch(self.scan_id):
            raise ValueError("scan_id must be a UUIDv7 in lower case")


class Answer(msgspec.Struct, frozen=True):
    """What the gate is told. `durable` false: keep the scan and send the same `scan_id` again."""

    scan_id: str
    verdict: Verdict
    reasons: tuple[str, ...]
    durable: bool
    standing_as_of: datetime | None


class Refusal(msgspec.Struct, frozen=True):
    """Why one scan of a batch was not accepted; its neighbours are not harmed."""

    scan_id: str | None
    error: dict[str, str]


class Reason(StrEnum):
    """Why a gate decides as it does; stable codes."""

    CODE_FORGED = "code_forged"
    CODE_EXPIRED = "code_expired"
    CREDENTIAL_UNKNOWN = "credential_unknown"
    STANDINGS_UNAVAILABLE = "standings_unavailable"
    ISOLATED_NO_EXIT = "isolated_no_exit"
    ISOLATED_ESCORT = "isolated_escort"
    CODE_RED = "code_red"
    CODE_YELLOW = "code_yellow"
    FEVER = "fever"
    MASK_MISSING = "mask_missing"
    PERSON_NOT_SHOWN = "person_not_shown"
    TEMPERATURE_MISSING = "temperature_missing"


_DENY = {Reason.CODE_FORGED, Reason.ISOLATED_NO_EXIT, Reason.FEVER}

REASON_TEXTS = {
    Reason.CODE_FORGED: ("健康码系伪造，禁止通行", "The code is forged: do not let pass"),
    Reason.CODE_EXPIRED: ("健康码已过期，请刷新后重新扫码", "The code has expired: refresh it and scan again"),
    Reason.CREDENTIAL_UNKNOWN: ("查无此人，请人工登记", "Unknown here: register the person by hand"),
    Reason.STANDINGS_UNAVAILABLE: ("名单尚未同步，请人工核验", "The lists are not loaded yet: check by hand"),
    Reason.ISOLATED_NO_EXIT: ("隔离期内不得外出", "In isolation: may not go out"),
    Reason.ISOLATED_ESCORT: ("隔离人员，请由包保人员护送入户", "In isolation: the keeper escorts them home"),
    Reason.CODE_RED: ("红码，请人工处置", "Red code: follow the red-code procedure"),
    Reason.CODE_YELLOW: ("黄码，请人工核验", "Yellow code: check by hand"),
    Reason.FEVER: ("体温超过37.3℃，请转发热门诊", "Over 37.3 °C: refer to the fever clinic"),
    Reason.MASK_MISSING: ("请佩戴口罩", "Ask for a mask"),
    Reason.PERSON_NOT_SHOWN: ("请车内人员逐一出示健康码", "Everyone on board shows a code"),
    Reason.TEMPERATURE_MISSING: ("请测量体温", "Measure the temperature"),
}

ALERTS = {
    Reason.FEVER: AlertRule.FEVER,
    Reason.ISOLATED_NO_EXIT: AlertRule.BREACH,
    Reason.CODE_RED: AlertRule.COLOUR,
    Reason.CODE_YELLOW: AlertRule.COLOUR,
    Reason.CODE_FORGED: AlertRule.FORGED,
    Reason.CODE_EXPIRED: AlertRule.EXPIRED,
}


@dataclass(frozen=True)
class Shown:
    """What the credential proved: whose it is, or why it proved nothing."""

    kind: CredentialKind
    resident_id: str | None = None
    problem: Reason | None = None


@dataclass(frozen=True)
class Standing:
    """What is known of a resident who is an exception; whoever is none is green."""

    colour: Colour
    isolated: bool


GREEN = Standing(Colour.GREEN, False)


@dataclass(frozen=True)
class Decision:
    """The verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


def decide(
    shown: Shown, standing: Standing | None, direction: Direction, temperature_c: float | None, mask: bool | None
) -> Decision:
    """Decide on a scan (R2.3). `standing` is None while the list of exceptions is not loaded.

    A temperature is a fever over 37.3 degrees Celsius, not at it.
    """
    reasons: list[Reason] = []
    if shown.problem:
        reasons.append(shown.problem)
    elif shown.kind is CredentialKind.PLATE:
        reasons.append(Reason.PERSON_NOT_SHOWN)
    elif shown.kind is CredentialKind.VISITOR:
        reasons += [Reason.TEMPERATURE_MISSING] if temperature_c is None else []
    elif standing is None:
        reasons.append(Reason.STANDINGS_UNAVAILABLE)
    else:
        reasons += _for_standing(standing, direction)
    if temperature_c is not None and temperature_c > FEVER_OVER_C:
        reasons.append(Reason.FEVER)
    if mask is False:
        reasons.append(Reason.MASK_MISSING)
    return Decision(_verdict(reasons, direction), tuple(reasons))


def _for_standing(standing: Standing, direction: Direction) -> list[Reason]:
    if standing.isolated:
        return [Reason.ISOLATED_NO_EXIT if direction is Direction.OUT else Reason.ISOLATED_ESCORT]
    if standing.colour is Colour.RED:
        return [Reason.CODE_RED]
    if standing.colour is Colour.YELLOW:
        return [Reason.CODE_YELLOW]
    return []


def _verdict(reasons: Iterable[Reason], direction: Direction) -> Verdict:
    found = set(reasons)
    if found & _DENY or (Reason.CODE_RED in found and direction is Direction.OUT):
        return Verdict.DENY
    return Verdict.RECHECK if found else Verdict.ALLOW


def check_scan(at: datetime, temperature_c: float | None, now: datetime) -> None:
    """Raise `ValueError` with a sentence when a scan's time or temperature cannot be meant."""
    if at > now + MAX_AHEAD:
        raise ValueError(f"'at' lies in the future ({at.isoformat()}): set the device's clock")
    if at < now - MAX_AGE:
        raise ValueError(f"'at' lies more than {MAX_AGE.days} days back ({at.isoformat()}): hand it in on paper")
    low, high = TEMPERATURE_RANGE_C
    if temperature_c is not None and not low <= temperature_c <= high:
        raise ValueError(f"'temperature_c' {temperature_c} is not a body temperature in degrees Celsius: measure again")


def episode(rule: AlertRule, subject: str, at: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """Return what makes alerts the same one: rule, subject and the city's day (R2.9)."""
    return rule.value, subject, at.astimezone(zone).date().isoformat()
