"""Whether two files may be of one person: what they share, how much it weighs, and the reasons in words (R1.12).

The weights are a dated table. Twins, people of one name and families with one phone are no duplicates: where names
differ by sound, or the sexes differ, nothing outweighs it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rapidfuzz.distance import OSA, JaroWinkler

from services.registration.domain import pinyin
from shared.base import normal_form


class Reason(StrEnum):
    """What two files have in common, or in what they differ."""

    SAME_NUMBER = "same_number"
    NUMBER_CLOSE = "number_close"
    SAME_NAME = "same_name"
    SOUNDS_ALIKE = "sounds_alike"
    SOUNDS_CLOSE = "sounds_close"
    OTHER_NAME = "other_name"
    SAME_BIRTH = "same_birth"
    BIRTH_CLOSE = "birth_close"
    OTHER_BIRTH = "other_birth"
    OTHER_SEX = "other_sex"
    SAME_PHONE = "same_phone"
    SAME_DOOR = "same_door"
    SAME_BUILDING = "same_building"
    ADDRESS_ALIKE = "address_alike"
    TWINS = "twins"
    BY_HAND = "by_hand"


# By its code, each reason in Chinese and in English.
IN_WORDS: Mapping[str, tuple[str, str]] = {
    Reason.SAME_NUMBER: ("证件号码相同", "a paper of the same number"),
    Reason.NUMBER_CLOSE: ("证件号码仅差一处", "ID numbers that differ at one position"),
    Reason.SAME_NAME: ("姓名相同", "same name"),
    Reason.SOUNDS_ALIKE: ("姓名同音", "names sound alike"),
    Reason.SOUNDS_CLOSE: ("姓名近音", "names sound nearly alike"),
    Reason.OTHER_NAME: ("姓名不同", "different names"),
    Reason.SAME_BIRTH: ("出生日期相同", "same birth date"),
    Reason.BIRTH_CLOSE: ("出生日期仅差一处", "birth dates that differ at one position"),
    Reason.OTHER_BIRTH: ("出生日期不同", "different birth dates"),
    Reason.OTHER_SEX: ("性别不同", "different sexes"),
    Reason.SAME_PHONE: ("电话相同", "same phone"),
    Reason.SAME_DOOR: ("同一门户", "same door"),
    Reason.SAME_BUILDING: ("同一楼栋单元", "same building or unit"),
    Reason.ADDRESS_ALIKE: ("登记地址相近", "registered addresses alike"),
    Reason.TWINS: ("疑似双胞胎", "probably twins"),
    Reason.BY_HAND: ("工作人员提出", "put on the list by a member of staff"),
}


@dataclass(frozen=True)
class DuplicateRules:
    """What each reason weighs from a day on; a pair is proposed from `propose_from` points on."""

    since: date
    title: str
    source: str
    weights: Mapping[Reason, int]
    propose_from: int

    def weigh(self, reasons: Sequence[Reason]) -> int:
        """Return the points of a pair with these reasons."""
        return sum(self.weights.get(one, 0) for one in reasons)


_NEVER = -1_000  # nothing outweighs it
RULES = (
    DuplicateRules(
        since=date(2020, 1, 1),
        title="重复档案判定表 Weights of duplicates (example)",
        source="docs/adr/0049-a-merge-is-an-alias.md; measured on the FEBRL sets (docs/performance.md)",
        weights={
            **{Reason.SAME_NUMBER: 100, Reason.NUMBER_CLOSE: 30, Reason.SAME_PHONE: 20},
            **{Reason.SAME_NAME: 30, Reason.SOUNDS_ALIKE: 25, Reason.SOUNDS_CLOSE: 20, Reason.OTHER_NAME: _NEVER},
            **{Reason.SAME_BIRTH: 25, Reason.BIRTH_CLOSE: 15, Reason.OTHER_BIRTH: -30, Reason.OTHER_SEX: _NEVER},
            **{Reason.SAME_DOOR: 15, Reason.SAME_BUILDING: 10, Reason.ADDRESS_ALIKE: 20, Reason.TWINS: _NEVER},
        },
        propose_from=60,
    ),
)


def rules_on(day: date) -> DuplicateRules:
    """Return the weights that hold on a day."""
    return max((one for one in RULES if one.since <= day), key=lambda one: one.since, default=RULES[0])


@dataclass(frozen=True)
class Described:
    """A person as two files are compared; what is not known is empty or None. `number` is the resident ID number."""

    name: str
    born: date | None = None
    sex: str = ""
    number: str = ""
    papers: frozenset[str] = frozenset()
    phone: str = ""
    door: str = ""
    address: str = ""  # the registered one, in words


SEX_DIGIT = 16
LONG_NAME = 4  # of letters: shorter names that differ in one letter are other names
ALIKE, ALIKE_ADDRESS = 0.85, 0.9  # Jaro-Winkler: of a part of a name in Latin letters, of an address
_HAN = re.compile("[\u3400-\u9fff]")
# What speakers and keyboards confuse: zh and z, ch and c, sh and s, and the ends -ng and -n.
_FLAT, _END = re.compile("([zcs])h"), re.compile("ng$")


def sex_of(number: str) -> str:
    """Return the sex that an ID number of 18 digits states; empty for another number."""
    digit = number[SEX_DIGIT : SEX_DIGIT + 1]
    return ("f", "m")[int(digit) % 2] if digit.isdigit() else ""


def compare(a: Described, b: Described) -> tuple[Reason, ...]:
    """Return what two persons have in common and in what they differ, the heaviest kinds first."""
    reasons = [*_by_numbers(a, b), *_by_names(a.name, b.name), *_by_birth(a.born, b.born)]
    if a.sex and b.sex and a.sex != b.sex:
        reasons.append(Reason.OTHER_SEX)
    if a.phone and a.phone == b.phone:
        reasons.append(Reason.SAME_PHONE)
    reasons += _by_doors(a.door, b.door)
    if a.address and b.address and JaroWinkler.similarity(a.address, b.address) >= ALIKE_ADDRESS:
        reasons.append(Reason.ADDRESS_ALIKE)
    return (*reasons, Reason.TWINS) if _are_twins(a, b, reasons) else tuple(reasons)


def _by_numbers(a: Described, b: Described) -> Iterator[Reason]:
    if {a.number, *a.papers} & {b.number, *b.papers} - {""}:
        yield Reason.SAME_NUMBER
    elif a.number and b.number and len(a.number) == len(b.number) and OSA.distance(a.number[:-1], b.number[:-1]) == 1:
        yield Reason.NUMBER_CLOSE  # the check digit follows from the others


def _by_names(a: str, b: str) -> Iterator[Reason]:
    if not a or not b:
        return
    if normal_form.search_key(a) == normal_form.search_key(b):
        yield Reason.SAME_NAME
        return
    sounds, others = _sounds(a), _sounds(b)
    if set(sounds) & set(others):
        yield Reason.SOUNDS_ALIKE
    elif {_folded(one) for one in sounds} & {_folded(one) for one in others} or _latin_alike(a, b):
        yield Reason.SOUNDS_CLOSE
    else:
        yield Reason.OTHER_NAME


def _sounds(name: str) -> list[tuple[str, ...]]:
    """Return the spellings of the whole name; a name in Latin letters in any order of its parts."""
    whole = [one for one in pinyin.spellings(name) if len(one) >= _parts(name)]
    return whole if _HAN.search(name) else [tuple(sorted(one)) for one in whole]


def _parts(name: str) -> int:
    plain = normal_form.name(name).replace(" ", "·")
    return len([part for part in plain.split("·") if part])


def _folded(spelling: Sequence[str]) -> tuple[str, ...]:
    return tuple(_END.sub("n", _FLAT.sub(r"\1", part)) for part in spelling)


def _latin_alike(a: str, b: str) -> bool:
    """Whether each part of the shorter of two names in Latin letters is like a part of the other one."""
    if _HAN.search(a) or _HAN.search(b):
        return False
    parts = [normal_form.name(one).casefold().replace("·", " ").split() for one in (a, b)]
    few, many = sorted(parts, key=len)
    likeness = [max((JaroWinkler.similarity(part, other) for other in many), default=0) for part in few]
    return sum(map(len, few)) >= LONG_NAME and min(likeness, default=0) >= ALIKE


def _by_birth(a: date | None, b: date | None) -> Iterator[Reason]:
    if a is None or b is None:
        return
    if a == b:
        yield Reason.SAME_BIRTH
    else:
        one_off = OSA.distance(a.strftime("%Y%m%d"), b.strftime("%Y%m%d")) == 1
        swapped = a.year == b.year and (a.month, a.day) == (b.day, b.month)
        yield Reason.BIRTH_CLOSE if one_off or swapped else Reason.OTHER_BIRTH


def _by_doors(a: str, b: str) -> Iterator[Reason]:
    if a and a == b:
        yield Reason.SAME_DOOR
    elif a and b and a.rpartition("/")[0] == b.rpartition("/")[0] != "":
        yield Reason.SAME_BUILDING


def _are_twins(a: Described, b: Described, reasons: Sequence[Reason]) -> bool:
    """Whether two of one birth date, behind one door or with one phone, have names that only nearly sound alike."""
    together = Reason.SAME_DOOR in reasons or Reason.SAME_PHONE in reasons
    apart = Reason.SOUNDS_CLOSE in reasons and bool(_HAN.search(a.name)) and Reason.SAME_NUMBER not in reasons
    return together and apart and Reason.SAME_BIRTH in reasons and bool(a.number and b.number)


def keys(one: Described) -> tuple[str, ...]:
    """Return the keys of which two files of one person share one; so no file is compared with every other."""
    made: dict[str, None] = {}
    for spelling in pinyin.spellings(one.name)[: pinyin.MOST_SPELLINGS]:
        parts = sorted(_folded(spelling))
        if len(parts) < _parts(one.name):
            continue
        if one.born:
            made |= {f"birth/{one.born.isoformat()}/{part}": None for part in parts}
            made["name/" + "".join(parts) + f"/{one.born.year}"] = None
        if one.number:
            made["end/" + "".join(parts) + "/" + one.number[-4:]] = None
    labels = [("phone", one.phone), ("door", one.door), *(("number", text) for text in {one.number, *one.papers})]
    return (*made, *(f"{label}/{text}" for label, text in labels if text))


def in_words(reasons: Sequence[str], language: str) -> str:
    """Return the reasons as a sentence part in Chinese (`zh`) or in English; those of a later version as their code."""
    at = 0 if language == "zh" else 1
    return ("、" if at == 0 else ", ").join(IN_WORDS.get(one, (one, one))[at] for one in reasons)
