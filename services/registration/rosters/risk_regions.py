"""A file of risk regions: its columns, and what its rows state (R1.6)."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from services.registration.domain.imports import RowProblem
from services.registration.domain.risk_lists import ListedRegion
from services.registration.rosters.cells import EMPTY, Cell, Kind
from services.registration.rosters.columns import Columns, Titles
from services.registration.rosters.rows import Row, RowReader
from shared.base.normal_form import fold
from shared.base.years import is_countable
from shared.events.registration import Risk

RISK_COLUMNS: Columns = {
    "province": Titles(("省", "省份", "省/自治区/直辖市", "province"), required=True),
    "city": Titles(("市", "地市", "地级市", "城市", "city")),
    "district": Titles(("区县", "县区", "区", "县", "区/县", "县/区", "区（县）", "district")),
    "street": Titles(("街道", "乡镇", "街道/乡镇", "乡镇街道", "镇街", "街镇", "street", "sub-district")),
    "risk": Titles(("风险等级", "风险", "等级", "级别", "risk"), required=True),
    "since": Titles(("起", "起始时间", "开始时间", "生效时间", "调整时间", "from", "since")),
    "until": Titles(("止", "截止时间", "结束时间", "解除时间", "to", "until")),
}
RISKS = {
    **dict.fromkeys(("高", "高风险", "高风险区", "high"), Risk.HIGH),
    **dict.fromkeys(("中", "中风险", "中风险区", "medium"), Risk.MEDIUM),
    **dict.fromkeys(("低", "低风险", "低风险区", "low"), Risk.LOW),
}
_PART = re.compile(r"[\w-]{1,40}")
_MOMENT = re.compile(
    r"(\d{4})\D(\d{1,2})\D(\d{1,2})日?(?:[ T]*(\d{1,2})(?:[:时点](\d{1,2})?)?分?(?::\d{2}(?:\.\d+)?)?)?"
)
NO_RISK = "states no risk: write 高, 中 or 低"
NO_PART = "is no name of a region: use letters, digits and - alone"
NO_MOMENT = "is no time: write it as 2022-03-10 08:00"
LAST_HOUR = 24  # of a day, as tables write its end
UNTIL_BEFORE = "ends before it begins: correct one of both times"
GAP = "is empty although a smaller region is stated: fill it in"
TWICE = "states another risk for the region and the time of an earlier row: keep one of them"


def regions_of(rows: Iterable[Row], zone: tzinfo) -> tuple[list[ListedRegion], list[RowProblem]]:
    """Return what the rows state, their times in the city's zone, and what is wrong in the others."""
    problems: list[RowProblem] = []
    regions: dict[tuple[str, datetime | None, datetime | None], ListedRegion] = {}
    for row in rows:
        reader = RowReader(row, RISK_COLUMNS, problems)
        entry = _entry(row, reader, zone)
        if entry is None:
            continue
        earlier = regions.setdefault((entry.region, entry.since, entry.until), entry)
        if earlier.risk is not entry.risk:
            reader.refuse("risk", TWICE)
    return list(regions.values()), problems


def _entry(row: Row, reader: RowReader, zone: tzinfo) -> ListedRegion | None:
    region = _region(row, reader)
    risk = reader.read("risk", _risk)
    since, until = (_moment(row.cells.get(name, EMPTY), name, reader, zone) for name in ("since", "until"))
    if since and until and until <= since:
        reader.refuse("until", UNTIL_BEFORE)
    return ListedRegion(region, risk, since, until) if reader.sound and region and risk else None


def _region(row: Row, reader: RowReader) -> str:
    names = ("province", "city", "district", "street")
    parts = [reader.read(name, _part) or "" for name in names]
    stated = [at for at, part in enumerate(parts) if part]
    last = stated[-1] if stated else 0
    for at in range(last + 1):
        if not parts[at] and reader.sound:
            reader.refuse(names[at], GAP)
    return "/".join(parts[: last + 1])


def _part(text: str) -> str:
    """Return a part of a region path. Raises `ValueError`."""
    part = fold(text)
    if part and not all(_PART.fullmatch(one) for one in part.split("/")):
        raise ValueError(NO_PART)
    return part


def _risk(text: str) -> Risk:
    """Return a risk. Raises `ValueError`."""
    if (risk := RISKS.get(fold(text).lower())) is None:
        raise ValueError(NO_RISK)
    return risk


def _moment(cell: Cell, name: str, reader: RowReader, zone: tzinfo) -> datetime | None:
    """Return the instant that a cell states in the city's zone; a date cell is as good as a text."""
    if not cell.text:
        return None
    stated = _MOMENT.fullmatch(cell.text) if cell.kind in (Kind.DATE, Kind.TEXT, Kind.UNTYPED) else None
    try:
        if stated is None:
            raise ValueError(NO_MOMENT)
        return _instant([int(part or 0) for part in stated.groups()], zone)
    except ValueError:
        reader.refuse(name, NO_MOMENT)
        return None


def _instant(parts: Sequence[int], zone: tzinfo) -> datetime:
    """Return the instant of year, month, day, hour and minute; 24:00 is the last minute. Raises `ValueError`."""
    year, month, day, hour, minute = parts
    if (hour, minute) == (LAST_HOUR, 0):
        hour, minute = 23, 59
    at = datetime(year, month, day, hour, minute, tzinfo=zone)
    if not is_countable(at):
        raise ValueError(NO_MOMENT)
    return at
