"""Who a resident is: a valid ID number, a name, a phone number, a card, special-care categories (R1.3, R1.4)."""

import re
import unicodedata
from datetime import date
from enum import StrEnum

from shared.base import id_numbers, normal_form

EARLIEST_BIRTH = date(1900, 1, 1)
MAX_NAME = 60
_LOST_DIGITS = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)  # 1.10101E+17: a spreadsheet's own doing
MOBILE_DIGITS = 11
LOST_CHARACTERS = frozenset("?\ufffd\u25a1")
_MOBILE_START = re.compile(r"1[3-9]")
_PHONE = re.compile(r"\+?[0-9]{7,15}")
_CARD = re.compile(r"[\w-]{4,64}")
_BETWEEN = re.compile(r"[,\uff0c\u3001;\uff1b\s]+")  # commas and semicolons, narrow and full-width


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
CARE_IN_WORDS = {care.value: term for term, care in reversed(CARE_TERMS.items())}  # by its code, the first term
NO_CARE = frozenset({"无", "none"})


def birth_date(id_number: str, today: date) -> date:
    """Return the birth date in an ID number. Raises `ValueError` with a sentence when it is not valid (GB 11643)."""
    if _LOST_DIGITS.fullmatch(id_number):
        raise ValueError("the spreadsheet made a number of it and lost digits: make the column text and enter it again")
    if not id_numbers.has_form(id_number):
        raise ValueError("the ID number must have 17 digits and a last digit or X")
    if not id_numbers.is_checked(id_number):
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
    """Return the ID number as it is kept, of 18 digits. Raises `ValueError` where it is missing or not valid."""
    number = id_numbers.whole(normal_form.id_number(require_text(text)))
    birth_date(number, today)
    return number


def require_text(text: str) -> str:
    """Return the text. Raises `ValueError` when there is none."""
    if not text.strip():
        raise ValueError("is missing: fill it in")
    return text.strip()


def check_name(text: str) -> str:
    """Return a person's name. Raises `ValueError` when it is missing or cannot be one."""
    if len(require_text(text).splitlines()) > 1:
        raise ValueError("holds a line break: write one person in a row")
    if any(unicodedata.category(mark) == "Cc" for mark in text.strip()):
        raise ValueError("holds a control character: enter the name again")
    name = normal_form.name(text)
    if name.startswith("#"):
        raise ValueError("shows an error of the spreadsheet: enter the name")
    if LOST_CHARACTERS & set(name):
        raise ValueError("holds a character that an earlier program lost (? or a box): enter the name again")
    if not name:
        raise ValueError("holds nothing but marks that are not visible: enter the name again")
    if len(name) > MAX_NAME:
        raise ValueError(f"has more than {MAX_NAME} characters: shorten it")
    return name


def check_phone(text: str) -> str:
    """Return the phone number in its normal form. Raises `ValueError` when it is none."""
    plain = normal_form.phone(text)
    if not _PHONE.fullmatch(plain):
        raise ValueError("the phone number must have 7 to 15 digits: write one number without words")
    if _MOBILE_START.match(plain) and len(plain) != MOBILE_DIGITS:
        raise ValueError(f"a mobile number has {MOBILE_DIGITS} digits: correct it")
    return plain


def check_card(text: str) -> str:
    """Return a printed card's number in its normal form. Raises `ValueError` when it is none."""
    number = normal_form.card(text)
    if not _CARD.fullmatch(number):
        raise ValueError("a card's number has 4 to 64 letters and digits")
    return number


def care_categories(text: str) -> tuple[Care, ...]:
    """Return the categories named in `text`, by Chinese term or code, or none. Raises `ValueError` for others."""
    plain = normal_form.fold(text)
    if plain.lower() in NO_CARE:
        return ()
    categories = set()
    for word in filter(None, _BETWEEN.split(plain)):
        try:
            categories.add(CARE_TERMS.get(word) or Care(word))
        except ValueError:
            known = "、".join(CARE_TERMS)
            raise ValueError(f"an unknown special-care category: use {known}, or 无 for none") from None
    return tuple(sorted(categories))


def mask_name(name: str) -> str:
    """Return a name as strangers may read it: the first character, and a star for each other one, at most five."""
    return name[:1] + "*" * min(len(name) - 1, 5)


_NO_NUMBER = "000000"  # no region has it: no ID number begins so


def number_of_none(born: date) -> str:
    """Return what stands in the file of a person without an ID number: it has the birth date, and no check digit."""
    return f"{_NO_NUMBER}{born:%Y%m%d}0000"


def is_number(number: str) -> bool:
    """Whether a text is an ID number, and not what stands in the place of one."""
    return not number.startswith(_NO_NUMBER)
