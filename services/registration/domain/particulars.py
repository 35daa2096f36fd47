"""What a file holds beside name and number: papers, addresses, relation, consent, departure, return, death (R1.3).

All of it is personal, stored sealed as one text, and in no event. The address that gates use is the door of the file.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.base import id_numbers, normal_form

MOST_PAPERS, MOST_ADDRESSES = 10, 10


class PaperKind(StrEnum):
    """Papers by which a person is known."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    HK_MACAU_PERMIT = "hk_macau_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT_CARD = "foreign_resident_card"


class AddressKind(StrEnum):
    """Addresses beside the one where a person lives, which is the door of the file (现住址)."""

    REGISTERED = "registered"  # 户籍地
    SECOND_HOME = "second_home"


class Presence(StrEnum):
    """Whether a person lives here; gates know no code and no card of the others."""

    HERE = "here"
    DEPARTED = "departed"
    DEAD = "dead"


# To the head of the household; a relation of another name stays as it was typed.
RELATIONS = {
    **{"head": "户主", "spouse": "配偶", "child": "子女", "son": "子", "daughter": "女", "grandchild": "孙辈"},
    **{"parent": "父母", "father": "父", "mother": "母", "grandparent": "祖父母", "sibling": "兄弟姐妹"},
    **{"in_law": "儿媳或女婿", "tenant": "租户", "nanny": "保姆", "other": "其他"},
}


@dataclass(frozen=True)
class Paper:
    """A paper with its number in normal form; `kind` is of `PaperKind` or of a later version."""

    kind: str
    number: str


@dataclass(frozen=True)
class Address:
    """An address beside the lived-in one, in words, or the path of a door of this city."""

    kind: str
    text: str
    path: str = ""


@dataclass(frozen=True)
class Consent:
    """To the processing of personal data: which text, when, before which witness, and when it was withdrawn."""

    text_version: str
    given_on: date
    witness: str
    withdrawn_on: date | None = None


@dataclass(frozen=True)
class State:
    """Whether the person lives here, since which day, and what is known of it."""

    presence: str = Presence.HERE.value
    since: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Particulars:
    """What a file holds beside name and number."""

    papers: tuple[Paper, ...] = ()
    addresses: tuple[Address, ...] = ()
    relation: str = ""
    consent: Consent | None = None
    state: State = State()


_PASSPORT = re.compile(r"(?=.*[0-9]{4})[A-Z0-9]{6,9}")
_HK_MACAU = re.compile(r"[HM][0-9]{8}([0-9]{2})?")
_TAIWAN = re.compile(r"[0-9]{8}([0-9]{2})?")
_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}")
_PERMIT_ID = {"hk_macau_permit": ("81", "82"), "taiwan_permit": ("83",), "foreign_resident_card": ("9",)}


def check_paper(kind: str, text: str) -> Paper:
    """Return a paper in its normal form. Raises `ValueError` with a sentence where the number cannot be one of it."""
    number = normal_form.id_number(text)
    rule = _RULES.get(kind)
    if rule is None:
        raise ValueError(f"is no known kind of paper: use {', '.join(_RULES)}")
    fits, form = rule
    if kind == PaperKind.RESIDENT_ID:
        number = id_numbers.whole(number)
    residence = _PERMIT_ID.get(kind)
    is_residence = residence is not None and number.startswith(residence) and id_numbers.is_checked(number)
    if not fits(number) and not is_residence:
        raise ValueError(f"the number must have {form}: compare it with the document")
    return Paper(kind, number)


_RULES: Mapping[str, tuple[Callable[[str], object], str]] = {
    "resident_id": (id_numbers.is_checked, "17 digits and a right check digit, or 15 digits"),
    "passport": (_PASSPORT.fullmatch, "6 to 9 letters and digits, four digits in a row among them"),
    "hk_macau_permit": (_HK_MACAU.fullmatch, "H or M and 8 digits, or 18 digits from 81 or 82 on"),
    "taiwan_permit": (_TAIWAN.fullmatch, "8 digits, or 18 digits from 83 on"),
    "foreign_resident_card": (_FOREIGN.fullmatch, "3 letters and 12 digits, or 18 digits from 9 on"),
}


def relation_of(text: str) -> str:
    """Return the code of a relation to the head of the household, or what was typed, in normal form."""
    plain = normal_form.fold(text)
    return next((code for code, term in RELATIONS.items() if plain in (code, term)), plain)


def check_consent(consent: Consent, today: date) -> None:
    """Raise `ValueError` where the days of a consent cannot be meant."""
    if consent.given_on > today:
        raise ValueError("the consent is given in the future")
    if consent.withdrawn_on and not consent.given_on <= consent.withdrawn_on <= today:
        raise ValueError("the consent is withdrawn before it was given, or in the future")


def check_state(before: State, after: State, today: date) -> None:
    """Raise `ValueError` where a person's departure, return or death cannot be meant."""
    if after.since is None or after.since > today:
        raise ValueError("the day is missing or lies in the future")
    if before.since and after.since < before.since:
        raise ValueError(f"the day lies before that of the present state, {before.since.isoformat()}")
    if before.presence == Presence.DEAD and after.presence == Presence.DEPARTED:
        raise ValueError("the file states a death: undo it in the file's history if it is wrong")


PARTS = ("papers", "addresses", "relation", "consent", "state")  # each is a field of a file's history


def part_in_words(name: str, text: str) -> str:
    """Return a part of a file as a clerk reads it in the history, given as JSON."""
    value = json.loads(text) if text else None
    if not value:
        return ""
    if isinstance(value, str):
        return f"{RELATIONS[value]} {value}" if value in RELATIONS else value
    rows = value if isinstance(value, list) else [value]
    return "、".join(" ".join(str(one) for one in row.values() if one) for row in rows)
