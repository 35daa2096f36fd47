"""How sheets name qualifications and duties of staff: in Chinese, or by code."""

import re
from collections.abc import Mapping
from typing import TypeVar

from shared.base import normal_form
from shared.events.registration_staff import Qualification, StaffDuty

NONE = frozenset({"无", "none", "-"})
_BETWEEN = re.compile(r"[、,，;；/\s]+")

QUALIFICATION_TERMS: Mapping[str, Qualification] = {
    "医生": Qualification.DOCTOR,
    "医师": Qualification.DOCTOR,
    "护士": Qualification.NURSE,
    "采样员": Qualification.SAMPLER,
    "采样": Qualification.SAMPLER,
    "流调员": Qualification.EPIDEMIOLOGIST,
    "心理咨询师": Qualification.PSYCHOLOGIST,
    "心理": Qualification.PSYCHOLOGIST,
    "消杀员": Qualification.DISINFECTOR,
    "驾驶员": Qualification.DRIVER,
    "司机": Qualification.DRIVER,
    "保安": Qualification.SECURITY,
    "翻译": Qualification.INTERPRETER,
    "厨师": Qualification.COOK,
    "维修": Qualification.REPAIR,
}
DUTY_TERMS: Mapping[str, StaffDuty] = {
    "负责人": StaffDuty.LEADER,
    "办事员": StaffDuty.CLERK,
    "网格员": StaffDuty.GRID_WORK,
    "网格": StaffDuty.GRID_WORK,
    "卡口值守": StaffDuty.GATE,
    "卡口": StaffDuty.GATE,
    "采样": StaffDuty.SAMPLING,
    "医疗": StaffDuty.MEDICAL,
    "消杀": StaffDuty.DISINFECTION,
    "配送": StaffDuty.DELIVERY,
    "巡逻": StaffDuty.PATROL,
    "心理疏导": StaffDuty.COUNSELLING,
    "宣传": StaffDuty.PUBLICITY,
    "志愿者": StaffDuty.VOLUNTEER,
}
T = TypeVar("T", Qualification, StaffDuty)


def qualifications(text: str) -> tuple[Qualification, ...]:
    """Return the qualifications named in a cell. Raises `ValueError` for a word that is none."""
    return _each(text, QUALIFICATION_TERMS, "an unknown qualification: use {}, or 无 for none")


def duties(text: str) -> tuple[StaffDuty, ...]:
    """Return the duties named in a cell. Raises `ValueError` for a word that is none."""
    return _each(text, DUTY_TERMS, "an unknown duty: use {}, or 无 for none")


def _each(text: str, terms: Mapping[str, T], wrong: str) -> tuple[T, ...]:
    codes = {member.value: member for member in terms.values()}
    chosen: list[T] = []
    for word in filter(None, _BETWEEN.split(normal_form.fold(text))):
        if word.lower() in NONE:
            continue
        member = terms.get(word) or codes.get(word.lower())
        if member is None:
            raise ValueError(wrong.format("、".join(terms)))
        chosen.append(member)
    return tuple(dict.fromkeys(chosen))
