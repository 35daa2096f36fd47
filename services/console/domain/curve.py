"""The curve of a case's temperatures, as points of a picture that the server draws (R3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LEFT, RIGHT, TOP, BOTTOM = 44, 12, 16, 36
LOWEST, HIGHEST = 35.5, 40.0  # the usual range; a reading beyond widens it
FEVER_C = 37.3


@dataclass(frozen=True)
class Shape:
    """The size of the picture in pixels, and how many days it names at most."""

    width: int
    height: int
    days: int


WIDE, NARROW = Shape(720, 240, 8), Shape(340, 260, 5)  # for a desk and for a phone


@dataclass(frozen=True)
class Reading:
    """A half day's measurement: `half` is 0 in the morning and 1 in the afternoon; no temperature where none came."""

    day: date
    half: int
    temperature_c: float | None
    is_fever: bool = False
    is_missed: bool = False


@dataclass(frozen=True)
class Point:
    """A reading in the picture."""

    x: float
    y: float
    reading: Reading


@dataclass(frozen=True)
class Curve:
    """The picture: its points, one line for each unbroken run of readings, the scale, and where a fever begins."""

    points: tuple[Point, ...]
    gaps: tuple[Point, ...]
    lines: tuple[str, ...]
    degrees: tuple[tuple[float, float], ...]  # degree Celsius, y
    days: tuple[tuple[float, date], ...]  # x, day
    fever_y: float
    width: int
    height: int


def curve_of(readings: Sequence[Reading], shape: Shape = WIDE) -> Curve | None:
    """Return the curve of the readings, in any order; None where none has a temperature."""
    ordered = sorted(readings, key=lambda one: (one.day, one.half))
    measured = [one.temperature_c for one in ordered if one.temperature_c is not None]
    if not measured:
        return None
    low, high = min(LOWEST, *measured), max(HIGHEST, *measured)
    first, last = ordered[0].day, ordered[-1].day
    halves = max((last - first).days * 2 + 1, 1)

    def x(one: Reading) -> float:
        at = (one.day - first).days * 2 + one.half
        return round(LEFT + at * (shape.width - LEFT - RIGHT) / halves, 1)

    def y(degrees: float) -> float:
        return round(TOP + (high - degrees) * (shape.height - TOP - BOTTOM) / (high - low), 1)

    points = tuple(Point(x(one), y(one.temperature_c), one) for one in ordered if one.temperature_c is not None)
    gaps = tuple(Point(x(one), shape.height - BOTTOM, one) for one in ordered if one.is_missed)
    scale = range(int(low) + (low % 1 > 0), int(high) + 1)
    step = (last - first).days // shape.days + 1
    days = sorted({one.day for one in ordered})[::step]
    return Curve(
        points=points,
        gaps=gaps,
        lines=_lines(ordered, points),
        degrees=tuple((float(degree), y(degree)) for degree in scale),
        days=tuple((x(Reading(day, 0, None)), day) for day in days),
        fever_y=y(FEVER_C),
        width=shape.width,
        height=shape.height,
    )


def _lines(ordered: Sequence[Reading], points: Sequence[Point]) -> tuple[str, ...]:
    """Return the lines through the points, broken where a measurement is missing."""
    by_reading = {id(point.reading): point for point in points}
    lines: list[list[str]] = [[]]
    for one in ordered:
        point = by_reading.get(id(one))
        if point is not None:
            lines[-1].append(f"{point.x},{point.y}")
        elif one.is_missed:
            lines.append([])
    return tuple(" ".join(line) for line in lines if len(line) > 1)
