"""The decision at a gate: pure rules over a scan, what is known of the person, and a policy.

Scans and answers are msgspec structs, which are read and written as they stand: the scan path must be cheap.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from shared.events.checkpoint import AlertRule, CredentialKind, Direction, Mode, Verdict
from shared.events.registration import Colour

FEVER_OVER_C = 37.3
TEMPERATURE_RANGE_C = (30.0, 45.0)
MAX_AHEAD = timedelta(minutes=5)
MAX_AGE = timedelta(days=30)
# Whoever was scanned longer ago than this has gone through: what is known of them since then does not count.
LATE = timedelta(minutes=5)
MAX_SEQ = 2**63 - 1  # what the bus's readers and the store can hold
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was shown: a signed code's text, a card's number, an ID number, a plate, or a visitor's slip."""

    kind: CredentialKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scan as the device posts it (R2.2). The device makes `scan_id` (UUIDv7) and counts `seq`."""

    scan_id: Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
    gate_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    direction: Direction
    credential: Credential
    temperature_c: float | None = None
    mask: bool | None = None
    mode: Mode = Mode.LIVE

    def __post_init__(self) -> None:
        if not _UUID7.fullmatch(self.scan_id):
            raise ValueError("scan_id must be a UUIDv7 in lower case")


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


class Answer(msgspec.Struct, frozen=True):
    """What the gate is told. `durable` false: keep the scan and send the same `scan_id` again."""

    scan_id: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    durable: bool
    standing_as_of: Annotated[datetime, msgspec.Meta(tz=True)] | None


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a scan: a stable `code`, and a `detail` that says what to do."""

    code: str
    detail: str


class Refusal(msgspec.Struct, frozen=True):
    """Why one scan of a batch was not accepted; its neighbours are not harmed."""

    scan_id: str | None
    error: Fault


_DENY = {Reason.CODE_FORGED, Reason.ISOLATED_NO_EXIT, Reason.FEVER}
_SEVERITY = (Colour.GREEN, Colour.YELLOW, Colour.RED)

REASON_TEXTS = {
    Reason.CODE_FORGED: ("健康码系伪造，禁止通行", "The code is forged: do not let pass"),
    Reason.CODE_EXPIRED: ("健康码已过期，请刷新后重新扫码", "The code has expired: refresh it and scan again"),
    Reason.CREDENTIAL_UNKNOWN: ("查无此人，请人工登记", "Unknown here: register the person by hand"),
    Reason.STANDINGS_UNAVAILABLE: ("名单尚未同步，请人工核验", "The lists are not loaded yet: check by hand"),
    Reason.ISOLATED_NO_EXIT: ("隔离期内不得外出", "In isolation: may not go out"),
    Reason.ISOLATED_ESCORT: ("隔离人员，请由包保人员护送入户", "In isolation: the keeper escorts them home"),
    Reason.CODE_RED: ("红码，请人工处置", "Red code: follow the red-code procedure"),
    Reason.CODE_YELLOW: ("黄码，请人工核验", "Yellow code: check by hand"),
    Reason.FEVER: (f"体温超过{FEVER_OVER_C}℃，请转发热门诊", f"Over {FEVER_OVER_C} °C: refer to the fever clinic"),
    Reason.MASK_MISSING: ("请佩戴口罩", "Ask for a mask"),
    Reason.PERSON_NOT_SHOWN: ("请车内人员逐一出示健康码", "Everyone on board shows a code"),
    Reason.TEMPERATURE_MISSING: ("请测量体温", "Measure the temperature"),
}

ALERTS = {
    Reason.FEVER: AlertRule.FEVER,
    Reason.ISOLATED_NO_EXIT: AlertRule.BREACH,
    Reason.ISOLATED_ESCORT: AlertRule.COLOUR,
    Reason.CODE_RED: AlertRule.COLOUR,
    Reason.CODE_YELLOW: AlertRule.COLOUR,
    Reason.CODE_FORGED: AlertRule.FORGED,
    Reason.CODE_EXPIRED: AlertRule.EXPIRED,
}


@dataclass(frozen=True)
class Shown:
    """What the credential proved: whose it is, or why it proved nothing.

    An expired code has both. `colour` is what a code says that is newer than the list of exceptions.
    """

    kind: CredentialKind
    resident_id: str | None = None
    problem: Reason | None = None
    colour: Colour = Colour.GREEN


@dataclass(frozen=True, slots=True)
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
    """Decide on a scan (R2.3). `standing` is None while nothing is known and the list of exceptions is not loaded.

    A temperature is a fever over 37.3 degrees Celsius, not at it.
    """
    reasons: list[Reason] = [shown.problem] if shown.problem else []
    if shown.resident_id is not None:
        reasons += _for_resident(standing, shown.colour, direction)
    elif shown.kind is CredentialKind.PLATE:
        reasons.append(Reason.PERSON_NOT_SHOWN)
    elif shown.kind is CredentialKind.VISITOR and temperature_c is None:
        reasons.append(Reason.TEMPERATURE_MISSING)
    if temperature_c is not None and temperature_c > FEVER_OVER_C:
        reasons.append(Reason.FEVER)
    if mask is False:
        reasons.append(Reason.MASK_MISSING)
    return Decision(_verdict(reasons, direction), tuple(reasons))


def _for_resident(standing: Standing | None, code: Colour, direction: Direction) -> list[Reason]:
    reasons = [Reason.STANDINGS_UNAVAILABLE] if standing is None else []
    known = standing or GREEN
    colour = max(known.colour, code, key=_SEVERITY.index)  # a code makes it stricter, never milder
    if known.isolated:
        reasons.append(Reason.ISOLATED_NO_EXIT if direction is Direction.OUT else Reason.ISOLATED_ESCORT)
    elif colour is not Colour.GREEN:
        reasons.append(Reason.CODE_RED if colour is Colour.RED else Reason.CODE_YELLOW)
    return reasons


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


def is_late(at: datetime, now: datetime) -> bool:
    """Whether a scan was made so long ago that it is judged by what held then, not by what holds now."""
    return now - at > LATE


def alert_rules(reasons: Iterable[str]) -> list[AlertRule]:
    """Return the rules by which the reasons of a decision raise alerts; a reason of a newer version raises none."""
    return sorted({ALERTS[Reason(r)] for r in reasons if r in ALERTS})


def alert_subject(rule: AlertRule, resident_id: str | None, scan_id: str, gate_id: str) -> str:
    """Return whom or what an alert is about: the resident; else the gate, but each fever of a stranger on its own."""
    if resident_id is not None:
        return resident_id
    return f"scan:{scan_id}" if rule is AlertRule.FEVER else f"gate:{gate_id}"


def episode(rule: AlertRule, subject: str, at: datetime, zone: tzinfo) -> tuple[str, str, str]:
    """Return what makes alerts the same one: rule, subject and the city's day (R2.9)."""
    return rule.value, subject, at.astimezone(zone).date().isoformat()


# What a device says in a scan, as far as it is stored; who it was may be known later than the first time.
_SAID = ("gate_id", "seq", "direction", "credential_kind", "temperature_c", "mask", "mode")


def same_scan(stored: Mapping[str, Any], again: Mapping[str, Any]) -> bool:
    """Whether two rows with one scan id are the same scan, sent again; if not, a device has used the id twice."""
    residents = {stored["resident_id"], again["resident_id"]} - {None}
    return (
        all(stored[name] == again[name] for name in _SAID)
        and abs(stored["at"] - again["at"]) < timedelta(milliseconds=1)  # the store keeps whole ones
        and len(residents) < 2
    )
