"""Dated lists of risk regions, by sub-district and hour, and the risk of a stay by them (R1.6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.registration.domain.legs import Stay
from shared.events.registration import Risk

_RISKS = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)


@dataclass(frozen=True)
class ListedRegion:
    """The risk of a region path on a list, from `since` on and before `until` where they are stated."""

    region: str
    risk: Risk
    since: datetime | None = None
    until: datetime | None = None

    def holds_in(self, stay: Stay) -> bool:
        """Whether it holds in a part of the stay."""
        begins_in_time = self.since is None or self.since < stay.until
        return begins_in_time and (self.until is None or stay.since < self.until)


@dataclass(frozen=True)
class RiskList:
    """The risk regions in force from `day` on, until the day of the next list."""

    day: date
    regions: tuple[ListedRegion, ...]
    stated_by: str = ""
    stated_at: datetime | None = None

    def same(self, other: "RiskList | None") -> bool:
        """Whether the other list states the same for the same day."""
        return other is not None and (self.day, self.regions) == (other.day, other.regions)


@dataclass(frozen=True)
class Assessment:
    """The risk of a journey, by the list of which day and by which region of it; low by none without a list."""

    risk: Risk = Risk.LOW
    list_date: date | None = None
    region: str = ""


def in_order(regions: Iterable[ListedRegion]) -> tuple[ListedRegion, ...]:
    """Return regions in one order, each once: the same list is the same however its rows stand."""
    return tuple(sorted(set(regions), key=_order))


def _order(one: ListedRegion) -> tuple[str, str, str, int]:
    return one.region, str(one.since or ""), str(one.until or ""), _RISKS.index(one.risk)


def risk_of(stay: Stay, regions: Sequence[ListedRegion]) -> ListedRegion | None:
    """Return the entry that gives a stay its risk: the longest path that holds then, of several the most severe."""
    matching = [one for one in regions if _lies_in(stay.region, one.region) and one.holds_in(stay)]
    return max(matching, key=lambda one: (len(one.region), _RISKS.index(one.risk)), default=None)


def assess(stays: Sequence[Stay], lists: Iterable[RiskList]) -> Assessment:
    """Return the most severe risk that any of the lists gives any of the stays; of equal ones the earlier list's."""
    worst = Assessment()
    for listed in lists:
        entries = [entry for stay in stays if (entry := risk_of(stay, listed.regions))]
        entry = max(entries, key=lambda one: _RISKS.index(one.risk), default=None)
        risk = entry.risk if entry else Risk.LOW
        if worst.list_date is None or more_severe(risk, worst.risk) is not worst.risk:
            worst = Assessment(risk, listed.day, entry.region if entry else "")
    return worst


def more_severe(one: Risk, other: Risk) -> Risk:
    """Return the higher of two risks."""
    return max(one, other, key=_RISKS.index)


def _lies_in(region: str, listed: str) -> bool:
    return region == listed or region.startswith(f"{listed}/")
