"""Journeys home (返程人员登记): which dates can be meant, and the risk of an origin (R1.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.events.registration import Risk

JOURNEY_MAX_DAYS_APART = 60
JOURNEY_MAX_DAYS = 30
_RISKS = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)


@dataclass(frozen=True)
class Journey:
    """A journey home as declared (R1.6); `origin_region` is `province/city/...`."""

    journey_id: str
    resident_id: str
    origin_region: str
    departs_on: date
    arrives_on: date
    route: str = ""
    transport: str = ""
    plate: str = ""


def check_journey(departs_on: date, arrives_on: date, today: date) -> None:
    """Raise `ValueError` when the dates of a journey cannot be meant."""
    if arrives_on < departs_on:
        raise ValueError("the arrival lies before the departure")
    if (arrives_on - departs_on).days > JOURNEY_MAX_DAYS:
        raise ValueError(f"a journey home takes at most {JOURNEY_MAX_DAYS} days")
    if abs((arrives_on - today).days) > JOURNEY_MAX_DAYS_APART:
        raise ValueError(f"the arrival must lie within {JOURNEY_MAX_DAYS_APART} days of today")


def risk_of(region: str, regions: Sequence[tuple[str, Risk]]) -> Risk:
    """Return the region's risk on a list of (region path, risk): the longest listed path it lies in; else low."""
    matching = [(len(listed), risk) for listed, risk in regions if region == listed or region.startswith(listed + "/")]
    return max(matching, default=(0, Risk.LOW))[1]


def more_severe(one: Risk, other: Risk) -> Risk:
    """Return the higher of two risks."""
    return max(one, other, key=_RISKS.index)
