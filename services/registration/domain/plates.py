"""Plates of vehicles: ordinary ones and those of new-energy vehicles (新能源, GA 36-2018), in one normal form."""

import re

from shared.base import normal_form

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SIGN = "[A-HJ-NP-Z0-9]"
_ORDINARY = re.compile(rf"[{_PROVINCES}][A-HJ-Z]{_SIGN}{{4}}[A-HJ-NP-Z0-9挂学警港澳]")
# Small ones state the drive at the third position, large ones at the last.
_SMALL = re.compile(rf"[{_PROVINCES}][A-HJ-Z][A-HJK]{_SIGN}[0-9]{{4}}")
_LARGE = re.compile(rf"[{_PROVINCES}][A-HJ-Z][0-9]{{5}}[A-HJK]")


def check_plate(text: str) -> str:
    """Return a plate in its normal form. Raises `ValueError` for what is none."""
    plate = normal_form.plate(text)
    if not (_ORDINARY.fullmatch(plate) or is_new_energy(plate)):
        raise ValueError("a plate is a province, a letter and 5 signs, 6 for new energy, without I and O: correct it")
    return plate


def is_new_energy(plate: str) -> bool:
    """Whether a plate in normal form is that of a new-energy vehicle."""
    return bool(_SMALL.fullmatch(plate) or _LARGE.fullmatch(plate))


def mask_plate(plate: str) -> str:
    """Return what a list shows of a plate: its beginning and its end, as 鄂A···45."""
    return f"{plate[:2]}···{plate[-2:]}"
