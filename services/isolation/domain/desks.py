"""What follows in isolation from a fever or symptoms at a triage desk, by dated policy (R1.11, R3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.isolation.domain.cases import Case, Ground
from services.isolation.domain.measurements import Report, Symptom
from shared.events.isolation import CaseKind
from shared.events.registration_desks import TriageRecorded


@dataclass(frozen=True)
class DeskPolicy:
    """For how many days a person with a fever at a desk is isolated at home from a day on, unless a doctor decides."""

    since: date
    days: int
    source: str


POLICIES: Sequence[DeskPolicy] = (DeskPolicy(date(2020, 1, 1), 7, "社区发热人员处置流程（示例）"),)


def policy_at(day: date, policies: Sequence[DeskPolicy] = POLICIES) -> DeskPolicy:
    """Return the policy of a day; before the first one begins, the first."""
    return max((one for one in policies if one.since <= day), key=lambda one: one.since, default=policies[0])


def report_of(event: TriageRecorded) -> Report:
    """Return what a desk measured as a report; a symptom that this version does not know is left out."""
    known = {one.value: one for one in Symptom}
    symptoms = tuple(sorted(known[one.value] for one in event.symptoms if one.value in known))
    return Report(event.temperature_c, symptoms, event.reported_by, event.at)


def case_of(event: TriageRecorded, resident_id: str, case_id: str, day: date) -> Case:
    """Return the case that a fever or symptoms at a desk open, on the word of the person at the desk."""
    policy = policy_at(day)
    return Case(
        case_id=case_id,
        resident_id=resident_id,
        household_id=event.household_id or "",
        area_path=event.area_path,
        kind=CaseKind.HOME,
        ground=Ground.FEVER_AT_DESK,
        reason=policy.source,
        starts_on=day,
        length_days=policy.days,
        ends_on=day + timedelta(days=policy.days),
        ordered_by=event.reported_by,
        proposed_by=event.reported_by,
    )


def is_old(event: TriageRecorded, now: datetime) -> bool:
    """Whether the days of a case from the event would be over."""
    return event.at + timedelta(days=policy_at(event.at.date()).days) < now
