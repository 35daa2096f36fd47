"""Colours: which evidence gives which, and until when (R1.9)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from services.registration.domain.journeys import Journey, begins_at
from shared.events.registration import Colour, Risk


class EvidenceKind(StrEnum):
    """On what a colour may rest (R1.9)."""

    ISOLATION = "isolation"
    RISK_TRAVEL = "risk_travel"
    FEVER = "fever"
    MANUAL = "manual"


_SEVERITY = (Colour.GREEN, Colour.YELLOW, Colour.RED)
_ENDLESS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Evidence:
    """A reason for a resident's colour: it counts from `since` and, where `until` is set, before that.

    `source_id` is the id of the case, the journey, the alert, the event or the order that it comes from; an order by
    hand states its own `colour`, and the `officer` who proposed it. What rests on the word of one person names them in
    `stated_by`; until another person is `confirmed_by`, it counts for hours (`domain/gate.py`), and `meant_until` is
    when it would end. `ended`: its source has ended it.
    """

    source_id: str
    resident_id: str
    kind: EvidenceKind
    since: datetime
    until: datetime | None = None
    colour: Colour | None = None
    officer: str | None = None
    stated_by: str | None = None
    confirmed_by: str | None = None
    meant_until: datetime | None = None
    ended: bool = False

    @property
    def waits(self) -> bool:
        """Whether it rests on one person's word that no second person has confirmed."""
        return self.stated_by is not None and self.confirmed_by is None and not self.ended

    def counts(self, now: datetime) -> bool:
        """Whether it counts at that instant."""
        return self.since <= now and (self.until is None or now < self.until)

    def is_over(self, now: datetime) -> bool:
        """Whether it counts no more and will not count again."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True)
class Ground:
    """A colour, the rule, the evidence and the officer it rests on, and until when (R1.9)."""

    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None = None
    officer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing(Ground):
    """A resident's colour and what it rests on (R1.9)."""

    resident_id: str

    def changed(self, at: datetime) -> "Change":
        """Return the change that led to this standing."""
        return Change(*(getattr(self, one.name) for one in fields(Ground)), at=at)


@dataclass(frozen=True, kw_only=True)
class Change(Ground):
    """A change of a resident's colour, as it was made at `at`."""

    at: datetime


def standing(
    resident_id: str, evidence: Iterable[Evidence], now: datetime, colour_of: Callable[[Evidence], Colour]
) -> Standing:
    """Return the colour that the evidence gives now: the most severe, by the evidence that lasts longest.

    `colour_of` is what the rules that hold now make of evidence (`domain/code_rules.py`).
    """
    counting = sorted((e for e in evidence if e.counts(now)), key=lambda e: (e.since, e.source_id))
    isolated = any(e.kind is EvidenceKind.ISOLATION for e in counting)
    grave = [(_SEVERITY.index(colour_of(e)), e.until or _ENDLESS, e) for e in counting]
    severity, _, worst = max(grave, key=lambda one: one[:2], default=(0, now, None))
    if worst is None or severity == 0:
        return Standing(Colour.GREEN, isolated, "no_evidence", "", now, resident_id=resident_id)
    ground = (worst.kind.value, worst.source_id, worst.since, worst.until, worst.officer)
    return Standing(_SEVERITY[severity], isolated, *ground, resident_id=resident_id)


def differs(old: Standing | None, new: Standing) -> bool:
    """Whether a change is to be published: a resident without a standing is green."""
    if old is None:
        return new.colour is not Colour.GREEN or new.isolated
    return (old.colour, old.isolated, old.rule, old.evidence) != (new.colour, new.isolated, new.rule, new.evidence)


def travel_evidence(
    journey: Journey, now: datetime, days_before: int, zone: tzinfo, watch: timedelta
) -> Evidence | None:
    """Return what a journey means for the colour, from shortly before the arrival on, for the `watch` since departure.

    A high risk turns red through the case that it opens.
    """
    if journey.risk is not Risk.MEDIUM or journey.cancelled:
        return None
    since = max(now, begins_at(journey.arrives_on, days_before, zone))
    until = datetime.combine(journey.departs_on + watch, time.min, zone)
    if until <= since:
        return None
    return Evidence(journey.journey_id, journey.resident_id, EvidenceKind.RISK_TRAVEL, since, until)
