"""Colours: which evidence gives which, and until when (R1.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from shared.events.registration import Colour, Risk

MEDIUM_RISK_TRAVEL_DAYS = 14
FEVER_WATCH = timedelta(days=3)


class EvidenceKind(StrEnum):
    """On what a colour may rest (R1.9)."""

    ISOLATION = "isolation"
    RISK_TRAVEL = "risk_travel"
    FEVER = "fever"
    MANUAL = "manual"


# An order by hand says its own.
COLOURS = {
    EvidenceKind.ISOLATION: Colour.RED,
    EvidenceKind.RISK_TRAVEL: Colour.YELLOW,
    EvidenceKind.FEVER: Colour.YELLOW,
}
_SEVERITY = (Colour.GREEN, Colour.YELLOW, Colour.RED)
_ENDLESS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Evidence:
    """A reason for a colour: it counts from `since` and, where `until` is set, before that.

    `id` is the id of the case, the journey, the alert, the event or the order that it comes from; an order by hand says
    which colour it gives, and whose it is.
    """

    id: str
    kind: EvidenceKind
    since: datetime
    until: datetime | None = None
    given: Colour | None = None
    officer: str | None = None

    @property
    def colour(self) -> Colour:
        """The colour that it gives."""
        return self.given or COLOURS[self.kind]

    def counts(self, now: datetime) -> bool:
        """Whether it counts at that instant."""
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True)
class Standing:
    """A resident's colour, the rule, the evidence and the officer it rests on, and until when (R1.9)."""

    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None = None
    officer: str | None = None


def standing(evidence: Iterable[Evidence], now: datetime) -> Standing:
    """Return the colour that the evidence gives now: the most severe, by the evidence that lasts longest."""
    counting = sorted((e for e in evidence if e.counts(now)), key=lambda e: (e.since, e.id))
    if not counting:
        return Standing(Colour.GREEN, False, "no_evidence", "", now)
    worst = max(counting, key=lambda e: (_SEVERITY.index(e.colour), e.until or _ENDLESS))
    isolated = any(e.kind is EvidenceKind.ISOLATION for e in counting)
    facts = (worst.kind.value, worst.id, worst.since, worst.until, worst.officer)
    return Standing(worst.colour, isolated, *facts)


def differs(old: Standing | None, new: Standing) -> bool:
    """Whether a change is to be told: a resident without a standing is green."""
    if old is None:
        return new.colour is not Colour.GREEN or new.isolated
    return (old.colour, old.isolated, old.rule, old.evidence) != (new.colour, new.isolated, new.rule, new.evidence)


def travel_evidence(event_id: str, risk: Risk, departs_on: date, now: datetime, zone: tzinfo) -> Evidence | None:
    """Return what a journey means for the colour. A high risk turns red through the case that it opens."""
    if risk is not Risk.MEDIUM:
        return None
    until = datetime.combine(departs_on + timedelta(days=MEDIUM_RISK_TRAVEL_DAYS), time.min, zone)
    return Evidence(event_id, EvidenceKind.RISK_TRAVEL, now, until) if until > now else None
