"""What the program says, in Chinese and in English."""

from collections.abc import Sequence
from pathlib import Path

from services.checkpoint.client.errors import Pair
from services.checkpoint.domain.scan import Override
from shared.base.durations import short_duration
from shared.events.checkpoint import CredentialKind, Direction, Mode, Verdict

# Of a scan in the book: `book.STATES`.
_STATES = (
    ("未上传", "上传中", "待重传", "已接收", "被拒"),
    ("unsent", "sent", "parked", "accepted", "rejected"),
)
UNITS = {"s": "秒", "min": "分", "h": "小时", "d": "天"}
DIRECTIONS: dict[Direction, Pair] = {Direction.IN: ("进", "IN"), Direction.OUT: ("出", "OUT")}
VERDICTS: dict[Verdict, Pair] = {
    Verdict.ALLOW: ("放行", "PASS"),
    Verdict.DENY: ("禁止通行", "STOP"),
    Verdict.RECHECK: ("人工核验", "CHECK"),
}
MODES: dict[Mode, Pair] = {
    Mode.LIVE: ("在线", "live"),
    Mode.CACHED: ("离线名单", "own list"),
    Mode.OFFLINE: ("离线", "cut off"),
    Mode.PAPER: ("纸质", "paper"),
}
KINDS: dict[CredentialKind, Pair] = {
    CredentialKind.CODE: ("码", "code"),
    CredentialKind.CARD: ("卡", "card"),
    CredentialKind.ID_NUMBER: ("身份证", "ID"),
    CredentialKind.PLATE: ("车", "car"),
    CredentialKind.VISITOR: ("访客", "visitor"),
}
OVERRIDES: dict[Override, Pair] = {
    Override.MEDICAL_EMERGENCY: ("急救", "MEDICAL EMERGENCY"),
    Override.FIRE: ("火警", "FIRE"),
    Override.POLICE: ("公安", "POLICE"),
}

CONNECTED: Pair = ("已连接", "connected")
CONNECTING: Pair = ("正在连接……", "connecting ...")
CUT_OFF: Pair = ("未连接，由本机判定", "NOT CONNECTED: this device decides")
LIST_AGE: Pair = ("名单时效", "list age")
NO_LIST: Pair = ("无名单", "no list yet")
UNSENT: Pair = ("未上传", "unsent")
DECIDED_OFFLINE: Pair = ("离线判定，服务器未核验", "DECIDED OFFLINE, not by the service")
CHECKING: Pair = ("核验中……", "checking ...")
SCAN_NOW: Pair = ("请扫码", "Scan a code")
NOT_RECORDED: Pair = ("未记录！请手工登记", "NOT RECORDED: write it down")
COMPARE: Pair = ("请核对", "compare")
WENT_OUT: Pair = ("本户已外出", "of this household, out already")
LAST_SCANS: Pair = ("最近扫码", "last scans")
NEXT_PERSON: Pair = ("下一位", "next person")
TEMPERATURE: Pair = ("体温", "temp.")
MASK: Pair = ("口罩", "mask")
HELP: Pair = ("命令（键盘输入，或打印成条形码，末尾加点：.OUT.）", "Commands: type them, or print them as .OUT.")

GATE: Pair = ("卡口", "gate")
PLACE: Pair = ("地点", "place")
DIRECTION: Pair = ("方向", "direction")
DEVICE: Pair = ("设备", "device")
CONNECTION: Pair = ("连接", "connection")
LIST: Pair = ("名单", "list")
NOW: Pair = ("现在", "now")
WHAT_TO_DO: Pair = (
    "扫描健康码、卡、身份证、访客单或车牌。F1 帮助",
    "Scan a code, a card, an ID card, a slip or a plate. F1: help",
)
ASK_TEMPERATURE: Pair = ("下一位的体温：输入 36.8 后回车", "Temperature of the next person: type 36.8 and Enter")
ASK_PLATE: Pair = ("车辆：扫描或输入车牌", "Vehicle: scan or type its plate")
IN_VEHICLE: Pair = (
    "逐人扫码；扫完按回车、F5 或扫 .DONE.",
    "Scan each person on board; then Enter, F5 or .DONE.",
)
ASK_VISITOR: Pair = ("登记访客", "Register a visitor")
TRY_AGAIN: Pair = ("按回车重试，Esc 放弃", "Enter: try again; Esc: give up")
SLIP: Pair = ("访客单号，请抄给访客", "The visitor's slip: write it down for them")
SLIP_NEXT: Pair = ("按回车即为该访客扫码放行", "Enter: scan this slip now")
SCAN_OVERRIDE: Pair = ("请扫码，无论判定一律放行", "Scan: this person passes whatever the verdict")
ENTER_STOPPED: Pair = ("或按回车，放行刚才被拦下的人", "or Enter: the person who was just stopped passes")
ENTER_ALONE: Pair = ("没有证件请按回车", "or Enter: a person without any credential")
REGISTERED: Pair = ("访客已登记", "The visitor is registered")
SENDING: Pair = ("正在上传未传记录，按 Ctrl-C 可直接结束", "Sending what is left; Ctrl-C ends it at once")

RAN_TOGETHER: Pair = (
    "手工输入与扫码连在了一起，请重新扫描",
    "Typed text and a scan ran together: scan again",
)
FORM_EXPIRED: Pair = ("访客登记超时，已清除", "The visitor's form waited too long and was cleared")
NEXT_EXPIRED: Pair = (
    "为下一位所填的内容超时，已清除，请重新测量",
    "What was entered for the next person waited too long and was cleared: measure again",
)
NO_VEHICLE: Pair = ("没有正在登记的车辆", "There is no vehicle to finish")
ON_BOARD_ALREADY: Pair = ("已登记在本车，请扫下一位", "On board already: scan the next person")
CANCELLED: Pair = ("已取消", "Cancelled")
WRONG_ANSWER: Pair = ("填写有误，请重新填写", "That cannot be meant: answer again")


def no_command(word: str) -> Pair:
    """Return the answer to a command that there is not."""
    return f"没有命令 .{word}，F1 或 .HELP 查看命令", f"There is no command .{word}: see F1 or .HELP"


def unread(texts: Pair) -> Pair:
    """Return why a line was not read."""
    return f"未读取: {texts[0]}", f"Not read: {texts[1]}"


def direction(way: Direction) -> Pair:
    """Return which way the gate goes now."""
    return f"方向：{DIRECTIONS[way][0]}", f"Direction: {DIRECTIONS[way][1]}"


def worn(mask: bool | None) -> Pair:
    """Return what was seen of a mask, in a word."""
    return {None: ("—", "-"), True: ("已戴", "worn"), False: ("未戴", "missing")}[mask]


def mask(seen: bool | None) -> Pair:
    """Return what was seen of the next person's mask."""
    return f"下一位口罩：{worn(seen)[0]}", f"Mask of the next person: {worn(seen)[1]}"


def temperature(degrees: float) -> Pair:
    """Return what was measured of the next person."""
    return f"下一位体温：{degrees:.1f} ℃，请扫码", f"Temperature of the next person: {degrees:.1f} °C; scan"


def override_next(override: Override | None) -> Pair:
    """Return for what emergency the next person passes."""
    if override is None:
        return "应急放行已取消", "No emergency any more"
    zh, en = OVERRIDES[override]
    return f"{zh}：下一位无论判定一律放行，请扫码", f"{en}: the next one passes whatever the verdict; scan"


def age(seconds: float) -> Pair:
    """Return a duration."""
    number, unit = short_duration(seconds).split(" ")
    return f"{number} {UNITS[unit]}", f"{number} {unit}"


def counted(counts: Sequence[int]) -> Pair:
    """Return how many scans a book holds, by the states of a scan in their order."""
    zh = "，".join(f"{name} {count}" for name, count in zip(_STATES[0], counts, strict=True))
    en = ", ".join(f"{count} {name}" for name, count in zip(_STATES[1], counts, strict=True))
    return f"共 {sum(counts)} 条：{zh}", f"{sum(counts)} scans: {en}"


def some_not_read(path: str, count: int) -> Pair:
    """Return that some lines of a file are no scans."""
    return f"{path} 有 {count} 行未读取", f"{count} lines of {path} were not read"


def nothing_read(path: str, count: int) -> Pair:
    """Return that a file holds no scan."""
    return (
        f"{path} 一行也未读取（{count} 行）：每行写一个码、卡号或证件号，编码为 UTF-8、GBK 或 UTF-16",
        f"Nothing was read of {path} ({count} lines): write one code, card or number a line, in UTF-8, GBK or UTF-16",
    )


def unrecorded(count: int) -> Pair:
    """Return that scans are in no book."""
    return (
        f"有 {count} 次扫码未能记录：请手工登记，并检查磁盘和记录簿",
        f"{count} scans were not recorded: write them down, and look after the disk and the book",
    )


def no_file(what: str) -> Pair:
    """Return that a file can lie nowhere."""
    return (
        f"{what} 无法写入：请写一个已有文件夹里的文件",
        f"{what} is no file that could be written: name one in a folder there is",
    )


def unusable(error: OSError) -> Pair:
    """Return what the system says of a file or a device."""
    return f"无法读写：{error}", f"This cannot be read or written: {error}"


def broken(book: Path) -> Pair:
    """Return that the program has a defect."""
    return (
        f"程序出错，已扫的记录都在 {book}：请重新启动，并把 {book}.log 交给管理员",
        f"The program has a defect; every scan is in {book}: start it again, and give {book}.log to the office",
    )
