"""What a line or a credential's text holds, whatever scanner, input method or file it came through (R2.2).

`page/reading.js` has the same rules for the page. What a scanner adds (AIM identifiers, ECI marks, control characters)
and what an input method changes is undone; what no credential can hold is not read, for a stated cause.
"""

import re
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from services.checkpoint.domain.scan import TEMPERATURE_RANGE_C, Credential
from shared.base import normal_form
from shared.base.temperature import lies_within
from shared.events.checkpoint import CredentialKind
from shared.health_code import MAX_LENGTH, PREFIX

ALL_LETTERS = 40  # a code has some 200 letters of both cases: so many of one case were changed


class Unread(StrEnum):
    """Why a line is not read; stable codes."""

    NOTHING = "nothing"
    TOO_LONG = "too_long"
    TWO_SCANS = "two_scans"
    LOST_CHARACTERS = "lost_characters"
    LETTER_CASE = "letter_case"
    WEB_ADDRESS = "web_address"
    NO_CREDENTIAL = "no_credential"
    NO_TEMPERATURE = "no_temperature"


UNREAD_TEXTS = {
    Unread.NOTHING: ("没有读到内容，请重新扫描", "nothing was read: scan again"),
    Unread.TOO_LONG: (
        "内容过长，请检查扫码枪是否在每次扫描后发送回车，再重新扫描",
        "that is longer than any credential: set the scanner to send Enter after each code and scan again",
    ),
    Unread.TWO_SCANS: (
        "一行内有两次扫描，请设置扫码枪在每次扫描后发送回车，逐人重新扫描",
        "two scans in one line: set the scanner to send Enter after each code and scan again, one person at a time",
    ),
    Unread.LOST_CHARACTERS: (
        "字符编码有误，请将扫码枪设为 UTF-8 或 GBK，再重新扫描",
        "characters were lost on the way: set the scanner to UTF-8 or GBK and scan again",
    ),
    Unread.LETTER_CASE: (
        "扫码枪改变了字母大小写，请关闭大写锁定或大小写转换，再重新扫描",
        "the scanner changes the case of letters: switch off caps lock or its case conversion and scan again",
    ),
    Unread.WEB_ADDRESS: (
        "这是网址，不是本系统的健康码，请出示健康码重新扫描",
        "that is a web address and no health code of ours: open the health code and scan again",
    ),
    Unread.NO_CREDENTIAL: ("不是码、卡或号码，请重新扫描", "that is no code, card or number: scan again"),
    Unread.NO_TEMPERATURE: (
        "不是有效体温（℃），请重新测量，写作 ;36.8",
        "that is no body temperature in degrees Celsius: measure again and write it as ;36.8",
    ),
}

_TABS = re.compile("[\t-\r]+")
_CONTROLS = re.compile("^[\x00-\x20\x7f]+|[\x00-\x20\x7f]+$")
# An AIM identifier as ]Q1 and an ECI mark as \000026; an input method writes other brackets and dashes.
_FRAME = re.compile(r"^(?:[\]】][A-Za-z][0-9A-Za-z])?(?:[\\、][0-9]{6})? ?")
_DEGREES = "[0-9]{2,3}(?:[.,。][0-9]+)?"
_WITH_POINT = "[0-9]{2}[.,。][0-9]+"
_MEASURED = re.compile(rf"(.*?) ?(?:[;:,] ?({_DEGREES})| ({_WITH_POINT})) ?(?:°?[Cc]|度)? ?;?").fullmatch
_SOME_DEGREES = re.compile(rf"(?:[;:, \u4e00-\u9fff]|^)({_WITH_POINT})|; ?([0-9]{{2}})(?![0-9.,。])")
_SCAN_BEHIND = re.compile(f"^ ?{_WITH_POINT}.{{4,}}|[0-9]{{4}}|LM1:").search
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ufffd\u25a1]").search
_WEB = re.compile("(?:https?|weixin|wxp|alipays?)://", re.IGNORECASE).match
_CODE = re.compile("LM1:|lm1:").match
_CODES = re.compile(PREFIX, re.IGNORECASE)
_ID, _SLIP = "[0-9]{17}[0-9X]", "V-[0-9A-Z]{8}"
# Each text has one way to match, so that no long one takes minutes.
_PLATE = "[\u4e00-\u9fff][A-Z][A-Z0-9]{4}(?:[A-Z0-9]{0,3}|[A-Z0-9]{0,2}[学警港澳挂领使])"
_ID_NUMBER, _IS_SLIP, _IS_PLATE = (re.compile(one).fullmatch for one in (_ID, _SLIP, _PLATE))
_TWICE = re.compile(f"(?:{_ID}){{2,}}|(?:{_SLIP}){{2,}}|(?:{_PLATE}){{2,}}").fullmatch
_CARD = re.compile(r"[\w-]{1,64}").fullmatch
_DOCUMENT = re.compile("[0-9A-Z]{5,20}").fullmatch
_ANY_PLATE = re.compile(r"\w{1,16}").fullmatch
_SWAPPED = str.maketrans(ascii_lowercase + ascii_uppercase, ascii_uppercase + ascii_lowercase)
_NO_LETTER = re.compile("[^A-Za-z]")
# What most devices send is in its normal form already.
_PLAIN = {
    CredentialKind.CODE: re.compile(r"LM1:[0-9A-Za-z_.-]*[a-z][0-9A-Za-z_.-]*").fullmatch,
    CredentialKind.CARD: re.compile("[0-9A-Z_-]{1,64}").fullmatch,
    CredentialKind.ID_NUMBER: _ID_NUMBER,
    CredentialKind.PLATE: _IS_PLATE,
    CredentialKind.VISITOR: _IS_SLIP,
}


class Line(NamedTuple):
    """What a line holds, in its normal form: a credential, degrees Celsius, and why the credential is not read."""

    kind: CredentialKind
    value: str
    temperature_c: float | None = None
    problem: Unread | None = None


def read(text: str) -> Line:
    """Return what a line holds: a credential, and behind a semicolon (or `:`, `,`, a blank) the temperature.

    Of a line that is not read every temperature was searched for, and the highest is kept.
    """
    plain = _plain(text)
    measured = _MEASURED(plain)
    value, degrees = (measured[1], measured[2] or measured[3]) if measured else _cut(plain)
    temperature = None if degrees is None else _temperature(degrees)
    credential = _credential(value)
    if not isinstance(credential, Unread) and degrees is not None and temperature is None:
        credential = Unread.TWO_SCANS if _SCAN_BEHIND(degrees) else Unread.NO_TEMPERATURE
    if isinstance(credential, Unread):
        return Line(CredentialKind.CARD, plain[:MAX_LENGTH], _highest(plain), credential)
    return Line(*credential, temperature)


def read_credential(credential: Credential) -> Line:
    """Return the credential of a scan as it is checked, compared and hashed.

    A card or a code that is none by itself is read as a line: a device that knew no better sent the whole line.
    """
    kind, value = credential.kind, credential.value
    if _PLAIN[kind](value):
        return Line(kind, value)
    if kind is CredentialKind.VISITOR:
        return Line(kind, normal_form.card(value) or value)
    line = read(value)
    if kind is CredentialKind.CARD or (line.kind is kind and line.problem is None):
        return line
    if kind is CredentialKind.CODE:
        unread = line.problem not in (None, Unread.NO_CREDENTIAL, Unread.NOTHING)
        return Line(kind, value, line.temperature_c, line.problem if unread else None)  # the verifier refuses the rest
    number = normal_form.id_number(value) if kind is CredentialKind.ID_NUMBER else normal_form.plate(value)
    known = _DOCUMENT if kind is CredentialKind.ID_NUMBER else _ANY_PLATE
    return Line(kind, number, line.temperature_c, None if known(number) else line.problem or Unread.NO_CREDENTIAL)


def _plain(text: str) -> str:
    """Return a line in its normal form, without what a scanner adds."""
    bare = _TABS.sub(";", _CONTROLS.sub("", text))  # a tab ends what was scanned before it
    plain = _FRAME.sub("", normal_form.fold(bare))
    if _CODE(plain):  # an input method writes two dashes for the underscore
        plain = _FRAME.sub("", normal_form.fold(bare.replace("\u2014\u2014", "_"))).replace("。", ".")
    return plain


def _cut(plain: str) -> tuple[str, str | None]:
    value, semicolon, degrees = plain.rpartition(";")
    return (value.strip(), degrees) if semicolon else (plain, None)


def _temperature(degrees: str) -> float | None:
    """Return degrees Celsius, or None for what is no body temperature."""
    if not re.fullmatch(_DEGREES, degrees):
        return None
    number = float(degrees.replace(",", ".").replace("。", "."))
    return number if lies_within(number, TEMPERATURE_RANGE_C) else None


def _highest(plain: str) -> float | None:
    some = [_temperature(one[1] or one[2]) for one in _SOME_DEGREES.finditer(plain)]
    return max((one for one in some if one is not None), default=None)


def _credential(value: str) -> tuple[CredentialKind, str] | Unread:
    if problem := _problem(value):
        return problem
    if _CODE(value):
        return _code(value)
    number, plate, card = normal_form.id_number(value), normal_form.plate(value), normal_form.card(value)
    if _ID_NUMBER(number):
        return CredentialKind.ID_NUMBER, number
    if _IS_SLIP(card):
        return CredentialKind.VISITOR, card
    if _IS_PLATE(plate):
        return CredentialKind.PLATE, plate
    if any(map(_TWICE, (number, plate, card))):
        return Unread.TWO_SCANS
    return (CredentialKind.CARD, card) if _CARD(card) else Unread.NO_CREDENTIAL


def _problem(value: str) -> Unread | None:
    causes = {
        Unread.NOTHING: not value,
        Unread.TWO_SCANS: ";" in value or len(_CODES.findall(value)) > 1,
        Unread.TOO_LONG: len(value) > MAX_LENGTH,
        Unread.LOST_CHARACTERS: _UNPRINTABLE(value),
        Unread.WEB_ADDRESS: _WEB(value),
    }
    return next((cause for cause, applies in causes.items() if applies), None)


def _code(value: str) -> tuple[CredentialKind, str] | Unread:
    """Return a code as it was written: caps lock swaps the case of all letters, of the prefix too."""
    code = value if value.startswith(PREFIX) else value.translate(_SWAPPED)
    letters = _NO_LETTER.sub("", code[len(PREFIX) :])
    if len(letters) >= ALL_LETTERS and (letters.islower() or letters.isupper()):
        return Unread.LETTER_CASE
    return CredentialKind.CODE, code
