"""The keeper's commands: keys, typed lines and printed barcodes.

A command begins with a point, which no code, card, number, plate or slip does: it is never taken for a credential, and
no credential for a command. Every sign of it exists in Code 39, so that any office prints it. Printed ones end with a
point as well: what is left of them when a scanner loses the first sign is no credential either.
"""

import re
from enum import Enum
from typing import NamedTuple

from services.checkpoint.client.errors import Pair
from shared.base import normal_form

_SHAPE = re.compile(r"(?:[\]】][A-Za-z][0-9A-Za-z])?[.。·]([A-Z]{2,8}|[\u4e00-\u9fff]{1,3})[.。]?").fullmatch


class Command(Enum):
    """What the keeper can do beside scanning: the word of a line, its Chinese word."""

    IN = ("IN", "进")
    OUT = ("OUT", "出")
    TEMPERATURE = ("TEMP", "体温")
    MASK = ("MASK", "口罩")
    NO_MASK = ("NOMASK", "无口罩")
    VEHICLE = ("CAR", "车辆")
    DONE = ("DONE", "完成")
    VISITOR = ("VISITOR", "访客")
    MEDICAL = ("SOS", "急救")
    FIRE = ("FIRE", "火警")
    POLICE = ("POLICE", "公安")
    CANCEL = ("CANCEL", "取消")
    LANGUAGE = ("LANG", "语言")
    HELP = ("HELP", "帮助")
    # Keys that change from one state to the next.
    OTHER_WAY = ("TURN", "换向")
    NEXT_MASK = ("MASKKEY", "口罩键")
    NEXT_OVERRIDE = ("SOSKEY", "应急键")


# Function keys, with what the last row of the screen says of them.
KEYS: dict[str, tuple[Command, Pair]] = {
    "F1": (Command.HELP, ("帮助", "help")),
    "F2": (Command.OTHER_WAY, ("进/出", "in/out")),
    "F3": (Command.NEXT_MASK, ("口罩", "mask")),
    "F4": (Command.TEMPERATURE, ("体温", "temp.")),
    "F5": (Command.VEHICLE, ("车辆", "vehicle")),
    "F6": (Command.VISITOR, ("访客", "visitor")),
    "F7": (Command.NEXT_OVERRIDE, ("应急", "emergency")),
    "F8": (Command.LANGUAGE, ("English", "中文")),
    "Esc": (Command.CANCEL, ("取消", "cancel")),
}
_BY_KEY_ALONE = (Command.OTHER_WAY, Command.NEXT_MASK, Command.NEXT_OVERRIDE)
_BY_WORD = {word: one for one in Command if one not in _BY_KEY_ALONE for word in one.value}

HELP: tuple[tuple[str, str, Pair], ...] = (
    (".IN  .进", "F2", ("方向：进", "direction: in")),
    (".OUT  .出", "F2", ("方向：出", "direction: out")),
    ("36.8   .TEMP  .体温", "F4", ("下一位的体温", "temperature of the next person")),
    (".MASK  .口罩", "F3", ("下一位戴口罩", "the next person wears a mask")),
    (".NOMASK  .无口罩", "F3", ("下一位未戴口罩", "the next person wears none")),
    (".CAR  .车辆", "F5", ("车辆：车牌，再逐人扫码", "vehicle: the plate, then each person")),
    (".DONE  .完成", "F5, Enter", ("车上人员已扫完", "everyone on board is scanned")),
    (".VISITOR  .访客", "F6", ("登记访客，得到访客单号", "register a visitor, for a slip")),
    (".SOS  .急救", "F7", ("下一位急救放行", "medical emergency: the next one passes")),
    (".FIRE  .火警", "F7", ("下一位火警放行", "fire: the next one passes")),
    (".POLICE  .公安", "F7", ("下一位公安放行", "police: the next one passes")),
    (".CANCEL  .取消", "Esc", ("取消未完成的操作", "give up what is not finished")),
    (".LANG  .语言", "F8", ("中文 / English", "中文 / English")),
)


class Unknown(NamedTuple):
    """A line that has the shape of a command and is none."""

    text: str


def command_of(text: str) -> Command | Unknown | None:
    """Return the command of a line; None for a line that is none."""
    shaped = _SHAPE(normal_form.fold(text.strip("\x00\x02\x03")).upper())
    return (_BY_WORD.get(shaped[1]) or Unknown(shaped[1])) if shaped else None
