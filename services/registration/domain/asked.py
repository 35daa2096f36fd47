"""What a clerk types into the one search box: by its form a name, pinyin, four digits, a number, a door, a plate."""

import re
from enum import StrEnum
from typing import NamedTuple

from services.registration.domain import pinyin
from shared.base import id_numbers, normal_form


class Kind(StrEnum):
    """By what residents are looked up."""

    NAME = "name"
    PINYIN = "pinyin"
    LAST_FOUR = "last_four"  # of a phone or of an ID number
    PHONE = "phone"
    ID_NUMBER = "id_number"
    PAPER = "paper"  # of another kind: a passport, a permit
    DOOR = "door"
    PLATE = "plate"


class Asked(NamedTuple):
    """What is looked up, in normal form, and by what, in turn: the next one where the one before has no matches."""

    kinds: tuple[Kind, ...]
    text: str


_LAST_FOUR = re.compile("[0-9]{3}[0-9X]")
_DIGITS = re.compile(r"\+?[0-9]{7,15}")
_WITH_GAPS = re.compile(r"\+[0-9]{7,15}|0[0-9]{9,14}|1[0-9]{10}")  # a door has gaps too: 12-2-1101
# A name may end with a number; in a door it comes first, or a gap or a word for a part of a house follows it.
_DOOR = re.compile("^[0-9]|[0-9] *[-/#号院座栋楼幢室单层]|[栋楼幢室]|单元")
_PAPER = re.compile("[A-Z]{1,3}[0-9]{6,12}|[A-Z][A-Z0-9][0-9]{7}|[89][0-9]{16}[0-9X]")
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][A-Z0-9]{4,6}[挂学警港澳领]?"
)


def read(typed: str) -> Asked:
    """Return what a text asks for."""
    plain = normal_form.fold(typed)
    if number := _number(plain):
        return number
    plate = normal_form.plate(plain)
    if _PLATE.fullmatch(plate):
        return Asked((Kind.PLATE,), plate)
    if _DOOR.search(plain):
        return Asked((Kind.DOOR, Kind.NAME), plain)
    if pinyin.is_typed(plain) and pinyin.letters(plain):
        return Asked((Kind.PINYIN,), pinyin.letters(plain))
    return Asked((Kind.NAME,), normal_form.search_key(plain))


def _number(plain: str) -> Asked | None:
    id_number = id_numbers.whole(normal_form.id_number(plain))
    if id_numbers.has_form(id_number) and id_number[6:8] in ("19", "20"):
        return Asked((Kind.ID_NUMBER, Kind.PAPER), id_number)
    if _LAST_FOUR.fullmatch(id_number):
        return Asked((Kind.LAST_FOUR,), id_number)
    phone = normal_form.phone(plain)
    if (_DIGITS if plain.isdigit() else _WITH_GAPS).fullmatch(phone):
        return Asked((Kind.PHONE, Kind.PAPER), phone)
    return Asked((Kind.PAPER,), id_number) if _PAPER.fullmatch(id_number) else None
