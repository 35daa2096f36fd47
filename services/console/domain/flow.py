"""The flow at a gate as columns of a picture that the server draws: entries, exits, and who was not let through."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WIDTH, HEIGHT = 1120, 252
LEFT, RIGHT = 6, 6
TOP, LOW, STOPPED = 34, 160, 212  # entries rise from the middle, exits hang from it, the rest stands below
EDGE = 50  # half the width of a time in words on a phone
STEPS = {60: 1, 360: 10, 1440: 60}  # minutes of a window, and of each of its columns


@dataclass(frozen=True)
class Passed:
    """A minute at a gate: how many went in and out, were denied or sent to a check, and why."""

    at: datetime
    came_in: int
    went_out: int
    deny: int
    recheck: int
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Bar:
    """A column in the picture: where it begins, how wide it is, and what it counts; heights are in its units."""

    x: float
    width: float
    slot: Passed
    up: float
    down: float
    deny: float
    recheck: float


@dataclass(frozen=True)
class FlowChart:
    """The picture of a window: its columns, its sums, and the marks of the scale and of the time."""

    bars: tuple[Bar, ...]
    slots: tuple[Passed, ...]  # those with a scan, the newest first
    total: Passed
    most: int
    times: tuple[tuple[float, datetime], ...]
    middle: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    base: int = STOPPED


def flow_chart(minutes: Iterable[Passed], since: datetime, until: datetime, step: int) -> FlowChart:
    """Return the picture of the minutes from `since` to `until`, both in the city's zone, by columns of `step` minutes.

    `minutes` may be in any order and leave out those without a scan.
    """
    first = _floor(since, step)
    count = max(-(-int((until - first).total_seconds()) // (step * 60)), 1)
    starts = [first + timedelta(minutes=step * at) for at in range(count)]
    slots = _slots(minutes, starts[0], step, count)
    most = max([1, *(one.came_in for one in slots.values())])
    both = most + max([1, *(one.went_out for one in slots.values())])  # one scale for in and out
    most_stopped = max([1, *(one.deny + one.recheck for one in slots.values())])
    pitch = (WIDTH - LEFT - RIGHT) / count
    bars = tuple(
        Bar(
            x=round(LEFT + at * pitch + pitch * 0.1, 1),
            width=round(pitch * 0.8, 1),
            slot=slot,
            up=_height(slot.came_in, both, LOW - TOP),
            down=_height(slot.went_out, both, LOW - TOP),
            deny=_height(slot.deny, most_stopped, STOPPED - LOW - 8),
            recheck=_height(slot.recheck, most_stopped, STOPPED - LOW - 8),
        )
        for at, slot in sorted(slots.items())
    )
    every = max(1, count // 6)
    marks = [(round(LEFT + (at + 0.5) * pitch, 1), starts[at]) for at in range(0, count, every)]
    times = tuple((max(x, EDGE), at) for x, at in marks if x < WIDTH - EDGE)  # a text at the edge would be cut
    newest = tuple(slots[at] for at in sorted(slots, reverse=True))
    return FlowChart(bars, newest, _together(since, newest), most, times, TOP + _height(most, both, LOW - TOP))


def _slots(minutes: Iterable[Passed], first: datetime, step: int, count: int) -> dict[int, Passed]:
    by_column: dict[int, list[Passed]] = {}
    for one in minutes:
        at = int((one.at - first).total_seconds()) // (step * 60)
        if 0 <= at < count:
            by_column.setdefault(at, []).append(one)
    return {at: _together(first + timedelta(minutes=step * at), ones) for at, ones in by_column.items()}


def _together(at: datetime, minutes: Sequence[Passed]) -> Passed:
    reasons: Counter[str] = Counter()
    for one in minutes:
        reasons.update(one.reasons)
    return Passed(
        at,
        sum(one.came_in for one in minutes),
        sum(one.went_out for one in minutes),
        sum(one.deny for one in minutes),
        sum(one.recheck for one in minutes),
        dict(reasons.most_common()),
    )


def _floor(at: datetime, step: int) -> datetime:
    minute = (at.hour * 60 + at.minute) // step * step
    return at.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)


def _height(count: int, most: int, room: int) -> float:
    return round(count * room / most, 1) if count else 0.0
