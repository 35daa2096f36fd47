"""The gate of colours: each rests on evidence, or on the word of two people; one person's word counts for hours (R1.9).

Everything that turns a colour passes `admit` (`usecases/standings.py` lets nothing else into the store).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from services.registration.domain.colours import Evidence, EvidenceKind
from shared.base.area import ancestors, within
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.events import checkpoint, isolation

REPEATED_WITHIN = timedelta(days=7)


def admit(evidence: Evidence, second_person_within: timedelta, earlier: Iterable[Evidence] = ()) -> Evidence:
    """Return the evidence as it may count: for one person's word, so long until a second person has confirmed it.

    The same person's word of the same kind, given again within `REPEATED_WITHIN`, counts as long as the first alone:
    else a word that falls back would be renewed every day. A case is exempt: isolation opens no second one.
    """
    if not evidence.waits:
        return evidence
    words = [evidence.since, *(one.since for one in earlier if repeats(evidence, one))]
    falls_back = min(words) + second_person_within
    until = falls_back if evidence.until is None else min(evidence.until, falls_back)
    return replace(evidence, until=until, meant_until=evidence.until)


def repeats(evidence: Evidence, earlier: Evidence) -> bool:
    """Whether evidence is the word of the same person, of which no second person has confirmed the earlier one."""
    if evidence.kind is EvidenceKind.ISOLATION or (evidence.kind, evidence.resident_id) != (
        earlier.kind,
        earlier.resident_id,
    ):
        return False
    alone = same_person(evidence.stated_by, earlier.stated_by) and earlier.confirmed_by is None
    another = evidence.source_id != earlier.source_id
    return alone and another and abs(evidence.since - earlier.since) < REPEATED_WITHIN


def confirm(evidence: Evidence, by: str, now: datetime) -> Evidence:
    """Let it count as long as it was meant to. Raises `Conflict` to the one who stated it, and when it is over."""
    if same_person(by, evidence.stated_by):
        text = "The person on whose word a colour rests does not confirm it: ask a colleague"
        raise Conflict("registration.own_statement", text)
    if evidence.is_over(now):
        text = "What the colour rested on counts no longer: state it again if it still holds"
        raise Conflict("registration.statement_over", text)
    return replace(evidence, until=evidence.meant_until, confirmed_by=by)


def of_case(event: isolation.CaseEvent) -> tuple[str | None, str | None]:
    """Return on whose word alone a case rests, and the other person who confirmed it; (None, None) for neither."""
    if event.proposed_by is None or same_person(event.proposed_by, event.confirmed_by):
        return event.proposed_by, None
    return event.proposed_by, event.confirmed_by


def of_fever_at_gate(event: checkpoint.AlertRaised, home: str, community: str | None) -> str | None:
    """Return the gate on whose word alone a fever rests: one outside the person's community, who may never have come.

    A keeper types a temperature behind any number; at the person's own gate the keeper knows the person.
    """
    near = within(event.area_path, community) if community else event.area_path in ancestors(home)
    return None if near else f"gate:{event.gate_id}"


def of_journey(resident_id: str, by: str) -> str | None:
    """Return who declares a journey for another person; None where residents declare their own."""
    return None if same_person(by, resident_id) else by


def of_report(event: isolation.FeverReported) -> str | None:
    """Return who reported a fever for another person; None for the person's own report."""
    return None if same_person(event.reported_by, event.resident_id) else event.reported_by
