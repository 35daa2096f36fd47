"""Registering a visitor at the gate, for a slip that opens it the next times (R2.5)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import httpx

from services.checkpoint.client.errors import Pair
from services.checkpoint.client.link import LATER, Away, Link, refused
from services.checkpoint.domain.permit import LONGEST_VISIT, Purpose
from shared.base import id_numbers, normal_form
from shared.base.ids import new_id

TIMEOUT_S = 10.0
_LONGEST_H = int(LONGEST_VISIT / timedelta(hours=1))
PURPOSES: Mapping[Purpose, Pair] = {
    Purpose.VISIT: ("探访", "visit"),
    Purpose.DELIVERY: ("送货", "delivery"),
    Purpose.REPAIR: ("维修", "repair"),
    Purpose.OFFICIAL: ("公务", "official"),
    Purpose.OTHER: ("其他", "other"),
}
_CHOICES: Pair = (
    " ".join(f"{number} {zh}" for number, (zh, _) in enumerate(PURPOSES.values(), start=1)),
    ", ".join(f"{number} {en}" for number, (_, en) in enumerate(PURPOSES.values(), start=1)),
)
_NAME = re.compile(r"[^\d\W][^\d_]{0,99}").fullmatch
_PHONE = re.compile(r"\+?[0-9]{7,15}").fullmatch


def _name(text: str) -> str | None:
    plain = normal_form.name(text)
    return plain if _NAME(plain) and ":" not in plain and ";" not in plain else None


def _phone(text: str) -> str | None:
    plain = normal_form.phone(text)
    return plain if _PHONE(plain) and not id_numbers.is_checked(plain) else None


def _purpose(text: str) -> str | None:
    number = normal_form.fold(text)
    return list(PURPOSES)[int(number) - 1] if number.isdecimal() and 1 <= int(number) <= len(PURPOSES) else None


def _hours(text: str) -> str | None:
    number = normal_form.fold(text)
    return number if re.fullmatch("[0-9]{1,2}", number) and 1 <= int(number) <= _LONGEST_H else None


def _id_number(text: str) -> str | None:
    plain = normal_form.id_number(text)
    return plain if id_numbers.is_checked(plain) else None


class Question(NamedTuple):
    """A field of the form: what is asked, how an answer is read, and what an empty answer means (None: ask again)."""

    name: str
    label: Pair
    texts: Pair
    read: Callable[[str], str | None]
    without: str | None = None


QUESTIONS = (
    Question("name", ("姓名", "name"), ("姓名", "name"), _name),
    Question("phone", ("电话", "phone"), ("电话", "phone number"), _phone),
    Question("purpose", ("事由", "purpose"), (f"事由：{_CHOICES[0]}", f"purpose: {_CHOICES[1]}"), _purpose),
    Question(
        "hours",
        ("小时", "hours"),
        (f"停留几小时（1–{_LONGEST_H}，回车为 4）", f"hours (1 to {_LONGEST_H}; Enter: 4)"),
        _hours,
        "4",
    ),
    Question(
        "id_number", ("身份证号", "ID number"), ("身份证号（没有请按回车）", "ID number (Enter: none)"), _id_number, ""
    ),
)


@dataclass
class Form:
    """A visitor's form, asked for field by field; its id is made once, so that sending again registers once."""

    answers: dict[str, str] = field(default_factory=dict)
    permit_id: str = field(default_factory=new_id)
    until: str = ""

    @property
    def question(self) -> Question | None:
        """The field that is asked for; None where all are answered."""
        return next((one for one in QUESTIONS if one.name not in self.answers), None)

    def list_answers(self, at: int) -> list[str]:
        """Return what is answered so far, in one language."""
        known = [(one, self.answers[one.name]) for one in QUESTIONS if self.answers.get(one.name)]
        return [
            f"{one.label[at]}: {PURPOSES[Purpose(text)][at] if one.name == 'purpose' else text}" for one, text in known
        ]

    def fill(self, text: str) -> bool:
        """Take an answer; return whether it is one."""
        question = self.question
        answer = None if question is None else question.read(text) if text.strip() else question.without
        if question is None or answer is None:
            return False
        self.answers[question.name] = answer
        return True


def register(link: Link, form: Form, now: datetime) -> str:
    """Register the visitor and return the slip's code. Raises `Away`, `Refused`."""
    asked = {name: text for name, text in form.answers.items() if name != "hours" and text}
    form.until = form.until or (now + timedelta(hours=int(form.answers["hours"]))).isoformat()
    body = json.dumps(asked | {"permit_id": form.permit_id, "until": form.until})
    response = link.post("/v1/visitors", body, TIMEOUT_S)
    what = ("未登记访客", "registered no visitor")
    if response.status_code in LATER:
        raise Away("服务繁忙：请稍后按回车重试", "the service is busy: press Enter to try again")
    if response.status_code != httpx.codes.CREATED:
        raise refused(response, what)
    try:
        return str(response.json()["slip"])
    except (ValueError, LookupError, TypeError):
        raise refused(response, what) from None
