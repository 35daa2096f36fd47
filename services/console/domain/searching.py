"""What a person types into the search for people: a name, an ID number, a phone, its last four digits, or a door."""

import re
from typing import Literal, NamedTuple

from shared.base import normal_form

_PHONE = re.compile(r"[0-9]{4}|\+?[0-9]{7,15}")
_WITH_GAPS = re.compile(r"\+[0-9]{7,15}|0[0-9]{9,14}|1[0-9]{10}")  # a door has gaps too: 12-2-1101
# A name may end with a number; in a door it comes first, or a gap or a word for a part of a house follows it.
_DOOR = re.compile("^[0-9]|[0-9] *[-/#号院座栋楼幢室单层]|[栋楼幢室]|单元")


class Asked(NamedTuple):
    """By what a resident is searched, and the text."""

    by: Literal["id_number", "phone", "door", "q"]
    text: str


def read_search(typed: str) -> Asked:
    """Return what a text asks for."""
    plain = normal_form.fold(typed)
    id_number = normal_form.id_number(plain)
    if len(id_number) == 18 and id_number[:-1].isdigit():
        return Asked("id_number", id_number)
    number = normal_form.phone(plain)
    if (_PHONE if plain.isdigit() else _WITH_GAPS).fullmatch(number):
        return Asked("phone", number)
    return Asked("door" if _DOOR.search(plain) else "q", plain)
