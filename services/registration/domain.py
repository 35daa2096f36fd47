"""Rules of registration: what a valid ID number is, which evidence gives which colour. Time comes in as an argument."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from shared.events.registration import Colour, PlaceLevel, Risk

MEDIUM_RISK_TRAVEL_DAYS = 14
FEVER_WATCH = timedelta(days=3)
EARLIEST_BIRTH = date(1900, 1, 1)
JOURNEY_MAX_DAYS_APART = 60
JOURNEY_MAX_DAYS = 30

LEVELS = tuple(PlaceLevel)
MAX_NAME = 60
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
_LOST_DIGITS = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)  # 1.10101E+17: a spreadsheet's own doing
_PHONE = re.compile(r"\+?[0-9]{7,15}")
_CARD = re.compile(r"[\w-]{4,64}")
_DOOR = re.compile(r"[\w-]{1,40}")
_BETWEEN = re.compile(r"[,\uff0c\u3001;\uff1b\s]+")  # commas and semicolons, narrow and full-width
# GB 11643-1999: weights and check characters of the 18-digit citizen identification number.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


class Care(StrEnum):
    """Special-care categories (R1.4)."""

    ELDERLY_ALONE = "elderly_alone"
    CHRONIC_DISEASE = "chronic_disease"
    DISABLED = "disabled"
    HARDSHIP = "hardship"
    BEREAVED = "bereaved"
    MEDICAL_FAMILY = "medical_family"


CARE_TERMS = {
    "独居老人": Care.ELDERLY_ALONE,
    "空巢老人": Care.ELDERLY_ALONE,
    "重症慢性病": Care.CHRONIC_DISEASE,
    "慢性病": Care.CHRONIC_DISEASE,
    "残疾": Care.DISABLED,
    "困难": Care.HARDSHIP,
    "困难家庭": Care.HARDSHIP,
    "丧亲": Care.BEREAVED,
    "医护家属": Care.MEDICAL_FAMILY,
}


NO_CARE = frozenset({"无", "none"})

LEVEL_TERMS = {
    "市": PlaceLevel.CITY,
    "城市": PlaceLevel.CITY,
    "区": PlaceLevel.DISTRICT,
    "区县": PlaceLevel.DISTRICT,
    "街道": PlaceLevel.STREET,
    "社区": PlaceLevel.COMMUNITY,
    "片区": PlaceLevel.AREA,
    "网格": PlaceLevel.GRID,
    "小区": PlaceLevel.COMPOUND,
    "村": PlaceLevel.COMPOUND,
    "小区/村": PlaceLevel.COMPOUND,
    "楼栋": PlaceLevel.BUILDING,
    "单元": PlaceLevel.UNIT,
}


class EvidenceKind(StrEnum):
    """On what a colour may rest (R1.9)."""

    ISOLATION = "isolation"
    RISK_TRAVEL = "risk_travel"
    FEVER = "fever"


COLOURS = {
    EvidenceKind.ISOLATION: Colour.RED,
    EvidenceKind.RISK_TRAVEL: Colour.YELLOW,
    EvidenceKind.FEVER: Colour.YELLOW,
}
_SEVERITY = (Colour.GREEN, Colour.YELLOW, Colour.RED)
_RISKS = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)
_ENDLESS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Journey:
    """A journey home as declared (R1.6); `origin_region` is `province/city/...`."""

    journey_id: str
    resident_id: str
    origin_region: str
    departs_on: date
    arrives_on: date
    route: str = ""
    transport: str = ""
    plate: str = ""


@dataclass(frozen=True)
class Evidence:
    """A reason for a colour: it counts from `since` and, where `until` is set, before that.

    `id` is the id of the case, the journey, the alert or the event that it comes from.
    """

    id: str
    kind: EvidenceKind
    since: datetime
    until: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it counts at that instant."""
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True)
class Standing:
    """A resident's colour, the rule and the evidence it rests on, and until when (R1.9)."""

    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None = None


def standing(evidence: Iterable[Evidence], now: datetime) -> Standing:
    """Return the colour that the evidence gives now: the most severe, by the evidence that lasts longest."""
    counting = sorted((e for e in evidence if e.counts(now)), key=lambda e: (e.since, e.id))
    if not counting:
        return Standing(Colour.GREEN, False, "no_evidence", "", now)
    worst = max(counting, key=lambda e: (_SEVERITY.index(COLOURS[e.kind]), e.until or _ENDLESS))
    isolated = any(e.kind is EvidenceKind.ISOLATION for e in counting)
    return Standing(COLOURS[worst.kind], isolated, worst.kind.value, worst.id, worst.since, worst.until)


def differs(old: Standing | None, new: Standing) -> bool:
    """Whether a change is to be told: a resident without a standing is green."""
    if old is None:
        return new.colour is not Colour.GREEN or new.isolated
    return (old.colour, old.isolated, old.rule, old.evidence) != (new.colour, new.isolated, new.rule, new.evidence)


def travel_evidence(event_id: str, risk: Risk, departs_on: date, now: datetime, zone: tzinfo) -> Evidence | None:
    """Return what a journey means for the colour. A high risk turns red through the case that it opens."""
    if risk is not Risk.MEDIUM:
        return None
    until = datetime.combine(departs_on + timedelta(days=MEDIUM_RISK_TRAVEL_DAYS), time.min, zone)
    return Evidence(event_id, EvidenceKind.RISK_TRAVEL, now, until) if until > now else None


def birth_date(id_number: str, today: date) -> date:
    """Return the birth date in an ID number. Raises `ValueError` with a sentence when it is not valid (GB 11643)."""
    if _LOST_DIGITS.fullmatch(id_number):
        raise ValueError("the spreadsheet made a number of it and lost digits: make the column text and enter it again")
    if not _ID_NUMBER.fullmatch(id_number):
        raise ValueError("the ID number must have 17 digits and a last digit or X")
    total = sum(int(digit) * weight for digit, weight in zip(id_number, _ID_WEIGHTS, strict=False))
    if _ID_CHECKS[total % 11] != id_number[-1]:
        raise ValueError("the ID number's check digit is wrong: compare it with the document")
    try:
        born = date.fromisoformat(f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}")
    except ValueError:
        raise ValueError("the ID number holds no valid birth date: compare it with the document") from None
    if born > today:
        raise ValueError("the birth date in the ID number lies in the future: compare it with the document")
    if born < EARLIEST_BIRTH:
        raise ValueError(f"the birth date in the ID number lies before {EARLIEST_BIRTH.year}: compare it")
    return born


def check_id_number(text: str, today: date) -> str:
    """Return the ID number as it is kept. Raises `ValueError` with a sentence when it is missing or not valid."""
    number = present(text).upper()
    birth_date(number, today)
    return number


def present(text: str) -> str:
    """Return the text. Raises `ValueError` when there is none."""
    if not text.strip():
        raise ValueError("is missing: fill it in")
    return text.strip()


def check_name(text: str) -> str:
    """Return a person's name. Raises `ValueError` when it is missing or cannot be one."""
    name = present(text)
    if len(name) > MAX_NAME or not name.isprintable() or name.startswith("#"):
        raise ValueError(f"is no name: it has more than {MAX_NAME} characters, or the spreadsheet shows an error there")
    return name


def check_phone(text: str) -> str:
    """Return the phone number without spaces and dashes. Raises `ValueError` when it is none."""
    plain = re.sub(r"[\s-]", "", text)
    if not _PHONE.fullmatch(plain):
        raise ValueError("the phone number must have 7 to 15 digits")
    return plain


def check_card(text: str) -> str:
    """Return a printed card's number. Raises `ValueError` when it is none."""
    if not _CARD.fullmatch(text):
        raise ValueError("a card's number has 4 to 64 letters and digits")
    return text


def check_door(text: str) -> str:
    """Return a building, a unit or a room as a part of the area path. Raises `ValueError` when it cannot be one."""
    if not _DOOR.fullmatch(text):
        raise ValueError("has up to 40 letters, digits, '_' and '-': write 3号楼, not 3#楼, and 1-2, not 1/2")
    return text


def care_categories(text: str) -> tuple[Care, ...]:
    """Return the categories named in `text`, by Chinese term or code, or none. Raises `ValueError` for others."""
    if text.strip().lower() in NO_CARE:
        return ()
    found = set()
    for word in filter(None, _BETWEEN.split(text)):
        try:
            found.add(CARE_TERMS.get(word) or Care(word))
        except ValueError:
            known = "、".join(CARE_TERMS)
            raise ValueError(f"an unknown special-care category: use {known}, or 无 for none") from None
    return tuple(sorted(found))


def place_level(text: str) -> PlaceLevel:
    """Return the level named in `text`, by Chinese term or code. Raises `ValueError` for others."""
    try:
        return LEVEL_TERMS.get(text) or PlaceLevel(text)
    except ValueError:
        raise ValueError(f"an unknown level: use {'、'.join(LEVEL_TERMS)}") from None


def level_fits(parent: PlaceLevel | None, level: PlaceLevel) -> bool:
    """Whether a place of `level` may lie directly in one of `parent`; a city lies in nothing (R1.1)."""
    if parent is None:
        return level is PlaceLevel.CITY
    return LEVELS.index(level) > LEVELS.index(parent)


def check_journey(departs_on: date, arrives_on: date, today: date) -> None:
    """Raise `ValueError` when the dates of a journey cannot be meant."""
    if arrives_on < departs_on:
        raise ValueError("the arrival lies before the departure")
    if (arrives_on - departs_on).days > JOURNEY_MAX_DAYS:
        raise ValueError(f"a journey home takes at most {JOURNEY_MAX_DAYS} days")
    if abs((arrives_on - today).days) > JOURNEY_MAX_DAYS_APART:
        raise ValueError(f"the arrival must lie within {JOURNEY_MAX_DAYS_APART} days of today")


def risk_of(region: str, regions: Sequence[tuple[str, Risk]]) -> Risk:
    """Return the region's risk on a list of (region path, risk): the longest listed path it lies in; else low."""
    matching = [(len(listed), risk) for listed, risk in regions if region == listed or region.startswith(listed + "/")]
    return max(matching, default=(0, Risk.LOW))[1]


def more_severe(one: Risk, other: Risk) -> Risk:
    """Return the higher of two risks."""
    return max(one, other, key=_RISKS.index)
