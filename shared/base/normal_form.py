"""The one normal form of what people type: it is made before a text is checked, compared or hashed.

The same text arrives with full-width letters from an input method, with blanks and invisible marks from a spreadsheet,
in capitals or not. `services/checkpoint/page/normal_form.js` has the same rules for the gate's page.
"""

import re
import unicodedata

# Code points that leave no mark: variation selectors; those of the category Cf are removed besides.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58]")
_MIDDLE_DOTS = re.compile("[\u2022\u2027\u2219\u22c5\u30fb\u00b7]")
_BLANKS = re.compile(r"\s+")
_BLANK_BETWEEN_WIDE = re.compile(r"(?<=[^\x00-\u02ff]) | (?=[^\x00-\u02ff])")
_CHINA = re.compile(r"^(?:\+|00)86(?=[0-9]{7,})|^86(?=1[0-9]{10}$)")
_LIKE_X = re.compile("[\u0425\u03a7\u00d7]$")
# Cyrillic and Greek capitals that look like Latin ones: `\u0410` and `A` are one card.
_LIKE_LATIN = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "ABEKMHOPCTYXABEZHIKMNOPTYX",
)
_NO_DIGIT = re.compile(r"[\s()\-]|\.(?!0$)")  # 13812345678.0 is a number that a program has written
_NO_PART_OF_A_PLATE = re.compile("[\\s\u00b7.\\-]")
# A number, a letter or a Chinese numeral, and what people write behind it.
_BUILDING = re.compile("(?<=[0-9A-Z])(?:号楼|#楼|楼栋|栋|幢|座|楼|#|单元)(?=[0-9A-Z])")
_DOOR_END = re.compile("(?<=[0-9A-Z])(?:号楼|#楼|楼栋|栋|幢|座|楼|#|单元|门|室|号房|号|房|户)$")
_NUMERAL = re.compile("[一二三四五六七八九十]+(?=号|栋|幢|座|楼|单元|门|#)")
LONGEST_BEGINNING = 3  # most names are as long; each beginning is an entry of an index
_DIGITS = {word: number for number, word in enumerate("一二三四五六七八九", start=1)}


def fold(text: str) -> str:
    """Return a text in NFKC without invisible marks, with one blank for each run of blanks and line breaks.

    Dashes and middle dots of all kinds become `-` and `\u00b7`.
    """
    plain = unicodedata.normalize("NFKC", _SELECTORS.sub("", text))
    visible = "".join(mark for mark in plain if unicodedata.category(mark) != "Cf")
    return _BLANKS.sub(" ", _MIDDLE_DOTS.sub("\u00b7", _DASHES.sub("-", visible))).strip()


def word(text: str) -> str:
    """Return a text as it is compared where case and blanks mean nothing: the name or the code of a place."""
    return fold(text).replace(" ", "").casefold()


def search_key(text: str) -> str:
    """Return a name as it is searched for: without blanks and middle dots, in one case."""
    return word(text).replace("·", "")


def beginnings(text: str) -> list[str]:
    """Return the beginnings of a text's search key that an index holds, of up to `LONGEST_BEGINNING` characters."""
    key = search_key(text)
    return [key[:end] for end in range(1, min(len(key), LONGEST_BEGINNING) + 1)]


def name(text: str) -> str:
    """Return a person's name: blanks between Chinese characters mean nothing, those between words stay."""
    return _BLANK_BETWEEN_WIDE.sub("", fold(text))


def id_number(text: str) -> str:
    """Return the number of an identity card without blanks and dashes, in capitals; a sign that looks like X is one."""
    return _LIKE_X.sub("X", fold(text).replace(" ", "").replace("-", "").upper())


def card(text: str) -> str:
    """Return the number of a printed card without blanks, in Latin capitals."""
    return fold(text).replace(" ", "").upper().translate(_LIKE_LATIN)


def phone(text: str) -> str:
    """Return a phone number without blanks, dashes, brackets and the country code of China."""
    return _CHINA.sub("", _NO_DIGIT.sub("", fold(text)), count=1)


def plate(text: str) -> str:
    """Return a plate in Latin capitals, without the dot or the blanks that people write."""
    return _NO_PART_OF_A_PLATE.sub("", fold(text)).upper().translate(_LIKE_LATIN)


def door(text: str) -> str:
    """Return a building, a unit or a room: `3号楼`, `三号楼` and `3#` are `3`; `11号楼1单元1101室` is `11-1-1101`."""
    plain = _NUMERAL.sub(lambda match: _number(match[0]), fold(text).replace(" ", "")).upper()
    return _DOOR_END.sub("", _BUILDING.sub("-", plain))


def _number(numeral: str) -> str:
    """Return a Chinese numeral up to 99 in digits, or as it is."""
    tens, ten, ones = numeral.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return numeral
    return str((_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0))
