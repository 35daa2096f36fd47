"""Reports of a returnee by any resident: a task for the community, with the reporter protected (R1.5)."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from services.registration.domain.journeys import Journey
from shared.base.errors import Conflict
from shared.base.private import PRIVATE, SEALED
from shared.events.registration_reports import ReportState


@dataclass(frozen=True)
class ReturneeReport:
    """A report that a person has come back; `reporter` is a keyed hash, and only the reporter's own token matches it.

    `journey_id` is the declaration that was made, `resident_id` its person; `decision` is why a report was unfounded.
    """

    report_id: str
    area_path: str
    door: str = field(metadata=SEALED)
    about: str = field(metadata=SEALED)
    origin_region: str
    reporter: str = field(metadata=PRIVATE)
    reported_at: datetime
    due_at: datetime
    state: ReportState = ReportState.OPEN
    journey_id: str | None = None
    resident_id: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been verified by now."""
        return self.state is ReportState.OPEN and now >= self.due_at

    def same(self, other: "ReturneeReport") -> bool:
        """Whether another one states the same by the same reporter."""
        stated = (self.area_path, self.door, self.about, self.origin_region, self.reporter)
        return stated == (other.area_path, other.door, other.about, other.origin_region, other.reporter)


def verify(report: ReturneeReport, journey: Journey, by: str, now: datetime) -> ReturneeReport:
    """Let it be verified by a declaration. Raises `Conflict` when it was decided before."""
    _require_open(report)
    verified = replace(report, state=ReportState.VERIFIED, decided_by=by, decided_at=now)
    return replace(verified, journey_id=journey.journey_id, resident_id=journey.resident_id)


def dismiss(report: ReturneeReport, why: str, by: str, now: datetime) -> ReturneeReport:
    """Let it be unfounded. Raises `Conflict` when it was decided before."""
    _require_open(report)
    return replace(report, state=ReportState.UNFOUNDED, decided_by=by, decided_at=now, decision=why)


def _require_open(report: ReturneeReport) -> None:
    if report.state is not ReportState.OPEN:
        raise Conflict("registration.report_decided", f"The report is {report.state} already")
