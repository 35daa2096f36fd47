"""Dated responsibility (包保): who answered for a place on a day (R1.2).

A period holds from `since` on and no longer on `until`, so that a hand-over leaves no day without a keeper.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.registration.domain.staff import holds_on
from shared.base.area import ancestors
from shared.base.errors import Conflict
from shared.events.registration import Duty, Keeper


@dataclass(frozen=True)
class Period:
    """That a person answered for the place at `path` with a duty; without `since` it began before there were records.

    `named_by` named the person, `ended_by` the next one; both are None where no record was kept.
    """

    period_id: str
    path: str
    person_id: str
    duty: Duty
    since: date | None
    until: date | None = None
    named_by: str | None = None
    named_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None

    @property
    def keeper(self) -> Keeper:
        """The person and the duty."""
        return Keeper(person_id=self.person_id, duty=self.duty)


@dataclass(frozen=True)
class Naming:
    """That keepers are named: from which day on, by whom, when."""

    since: date
    by: str
    at: datetime


def unrecorded(
    path: str, keepers: Iterable[Keeper], periods: Iterable[Period], new_id: Callable[[], str]
) -> list[Period]:
    """Return periods for the present keepers whom no open period has: they were named before periods were kept."""
    open_ones = {one.keeper for one in periods if one.until is None}
    return [
        Period(new_id(), path, one.person_id, one.duty, None) for one in dict.fromkeys(keepers) if one not in open_ones
    ]


def hand_over(
    path: str, periods: Sequence[Period], named: Sequence[Keeper], naming: Naming, new_id: Callable[[], str]
) -> list[Period]:
    """Return the periods of a place that change: those that end on the day, and those that begin on it.

    Raises `Conflict` for a day before the newest hand-over.
    """
    open_ones = [one for one in periods if one.until is None]
    newest = max([day for one in periods for day in (one.since, one.until) if day], default=None)
    if newest is not None and naming.since < newest:
        text = f"Those who answer for the place changed on {newest} already: state that day or a later one"
        chinese = f"该地点的包保人在 {newest} 已有变更：请填写该日或之后的日期"
        raise Conflict("registration.keepers_order", text, detail_zh=chinese)
    gone = [
        replace(one, until=naming.since, ended_by=naming.by, ended_at=naming.at)
        for one in open_ones
        if one.keeper not in named
    ]
    there = {one.keeper for one in open_ones}
    new = [
        Period(new_id(), path, one.person_id, one.duty, naming.since, None, naming.by, naming.at)
        for one in named
        if one not in there
    ]
    return [*gone, *new]


def on_day(periods: Iterable[Period], day: date, duty: Duty | None = None) -> list[Period]:
    """Return the periods that hold on a day, those of the duty where one is asked for."""
    wanted = (one for one in periods if duty is None or one.duty == duty)
    return [one for one in wanted if holds_on(one.since, one.until, day)]


def nearest(path: str, periods: Iterable[Period]) -> list[Period]:
    """Return for each duty the periods at the nearest place at or above the path; a door has those above it."""
    by_path: dict[str, list[Period]] = {}
    for one in periods:
        by_path.setdefault(one.path, []).append(one)
    chosen: list[Period] = []
    for above in ancestors(path):
        have = {one.duty for one in chosen}
        chosen += [one for one in by_path.get(above, []) if one.duty not in have]
    return chosen
