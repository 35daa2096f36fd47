"""The legs of a journey home (行程段): up to three, in order, and where the traveller stayed by the hour (R1.6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from shared.base.private import SEALED

MOST_LEGS = 3  # R1.6
# 防控方案, up to the 8th edition: who was in a risk region in the 14 days before is asked about it.
STAY_COUNTS = timedelta(days=14)


@dataclass(frozen=True)
class Leg:
    """A part of a journey by one means of transport; regions are `province/city/...`, times are instants."""

    from_region: str
    to_region: str
    departs_at: datetime
    arrives_at: datetime
    transport: str = field(default="", metadata=SEALED)
    number: str = field(default="", metadata=SEALED)
    seat: str = field(default="", metadata=SEALED)
    plate: str = field(default="", metadata=SEALED)


class Stay(NamedTuple):
    """A time in a region: from `since` until before `until`."""

    region: str
    since: datetime
    until: datetime


def check_legs(legs: Sequence[Leg], origin: str, departs_on: date, arrives_on: date, zone: tzinfo) -> None:
    """Raise `ValueError` when legs contradict each other, or the origin and the days of their journey."""
    if not legs:
        return
    if len(legs) > MOST_LEGS:
        raise ValueError(f"a journey has at most {MOST_LEGS} legs")
    for number, leg in enumerate(legs, 1):
        if leg.arrives_at <= leg.departs_at:
            raise ValueError(f"leg {number} arrives before it departs")
        if number > 1 and leg.departs_at < legs[number - 2].arrives_at:
            raise ValueError(f"leg {number} departs before leg {number - 1} arrives")
    if legs[0].from_region != origin:
        raise ValueError("the first leg does not begin in 'origin_region'")
    if legs[0].departs_at.astimezone(zone).date() != departs_on:
        raise ValueError("the first leg does not depart on 'departs_on'")
    if legs[-1].arrives_at.astimezone(zone).date() != arrives_on:
        raise ValueError("the last leg does not arrive on 'arrives_on'")


def stays(legs: Sequence[Leg], origin: str, departs_on: date, zone: tzinfo) -> list[Stay]:
    """Return where the traveller stayed: before the departure, then between the legs; without legs until its midnight.

    The region of the last arrival is home.
    """
    if not legs:
        until = datetime.combine(departs_on + timedelta(days=1), time.min, zone)
        return [Stay(origin, until - STAY_COUNTS, until)]
    stayed = [Stay(origin, legs[0].departs_at - STAY_COUNTS, legs[0].departs_at)]
    for before, after in pairwise(legs):
        regions = dict.fromkeys((before.to_region, after.from_region))
        stayed += [Stay(region, before.arrives_at, after.departs_at) for region in regions]
    return stayed
