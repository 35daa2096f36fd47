"""Changes of residents' files: who changed what, when and why, with what was before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.registration.domain.contacts import ContactPoints
from services.registration.domain.particulars import PARTS, part_in_words
from services.registration.domain.residents import Resident
from shared.base.private import PRIVATE

Value = bool | str | tuple[str, ...] | Mapping[str, str] | None


class Field(StrEnum):
    """What can change of a file: attributes of `Resident` and of `ContactPoints`, and the name."""

    NAME = "name"
    HOUSEHOLD = "household_id"
    DOOR = "area_path"
    CARDS = "card_hashes"
    CATEGORIES = "categories"
    KEEPER = "keeper_id"
    STAFF = "staff_id"
    LEFT = "left"
    ABSORBED = "absorbed"
    MERGED_INTO = "merged_into"
    PHONE = "phone"
    LANGUAGE = "language"
    URLS = "urls"
    PAPERS = "papers"
    ADDRESSES = "addresses"
    RELATION = "relation"
    CONSENT = "consent"
    STATE = "state"


OF_CONTACT = (Field.PHONE, Field.LANGUAGE, Field.URLS)
OF_PARTICULARS = tuple(map(Field, PARTS))  # their values are JSON
OF_RESIDENT = tuple(one for one in Field if one not in (Field.NAME, *OF_CONTACT, *OF_PARTICULARS))


class Act(StrEnum):
    """By which act a file changed."""

    IMPORT = "import"
    CARE = "care"
    STAFF = "staff"
    CARD = "card"
    CONTACT = "contact"
    EXAMINATION = "examination"
    UNDO = "undo"
    MERGE = "merge"
    UNMERGE = "unmerge"
    PAPERS = "papers"
    ADDRESSES = "addresses"
    RELATION = "relation"
    CONSENT = "consent"
    STATE = "state"
    TRIAGE = "triage"
    CORRECTION = "correction"


@dataclass(frozen=True)
class FieldChange:
    """One field of a file before and after a change."""

    field: Field
    before: Value
    after: Value


@dataclass(frozen=True)
class Details:
    """What is sealed of a change: the fields, and the reason that the official gave."""

    fields: tuple[FieldChange, ...]
    reason: str = ""


@dataclass(frozen=True)
class Why:
    """By whom and by which act a file changes; of an import the row, of an undo what it undoes.

    `request` is the correlation id of the request.
    """

    act: Act
    by: str
    reason: str = ""
    request: str = ""
    import_id: str | None = None
    row: int | None = None
    examination_id: str | None = None
    undoes: str | None = None


@dataclass(frozen=True)
class Change:
    """A change of a resident's file. `area_before` and `area_path` are the doors before and after it.

    `sealed` holds `Details`; `undoes` is the change or the import that it undoes.
    """

    change_id: str
    resident_id: str
    area_before: str
    area_path: str
    fields: tuple[str, ...]
    sealed: str = field(metadata=PRIVATE)
    act: Act
    by: str
    at: datetime
    request: str = ""
    import_id: str | None = None
    row: int | None = None
    examination_id: str | None = None
    undoes: str | None = None


def differences(before: Resident, after: Resident) -> list[FieldChange]:
    """Return the public fields of a resident that differ; the name is not among them."""
    return _differences(before, after, OF_RESIDENT)


def contact_differences(before: ContactPoints, after: ContactPoints) -> list[FieldChange]:
    """Return the fields that differ of how a person is reached."""
    return _differences(before, after, OF_CONTACT)


def _differences(before: object, after: object, names: Sequence[Field]) -> list[FieldChange]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return [FieldChange(name, was, now) for name, was, now in pairs if was != now]


TITLES: Mapping[Field, str] = {
    Field.NAME: "姓名 name",
    Field.HOUSEHOLD: "户 household",
    Field.DOOR: "住址 door",
    Field.CARDS: "卡 cards",
    Field.CATEGORIES: "特殊人群 special care",
    Field.KEEPER: "包保人 keeper",
    Field.STAFF: "工作人员 member of staff",
    Field.LEFT: "状态 state",
    Field.ABSORBED: "并入的档案 files merged into it",
    Field.MERGED_INTO: "并入到 merged into",
    Field.PHONE: "电话 phone",
    Field.LANGUAGE: "语言 language",
    Field.URLS: "联系渠道 channels",
    Field.PAPERS: "证件 papers",
    Field.ADDRESSES: "其他地址 further addresses",
    Field.RELATION: "与户主关系 relation to the head",
    Field.CONSENT: "知情同意 consent",
    Field.STATE: "离开、返回、死亡 departure, return, death",
}
_LAST_DIGITS = 6


def words_of(name: Field, value: Value) -> str:
    """Return a value as a clerk reads it; of a card, whose number is not kept, the end of its keyed hash."""
    if name is Field.LEFT:
        return "已离开 left" if value else "在册 registered"
    if name in OF_PARTICULARS:
        return part_in_words(name, str(value or ""))
    if isinstance(value, tuple) and name is Field.CARDS:
        return "、".join(f"…{one[-_LAST_DIGITS:]}" for one in value)
    if isinstance(value, tuple | Mapping):
        return "、".join(value)
    return str(value) if value is not None else ""
