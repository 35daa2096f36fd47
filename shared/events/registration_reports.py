"""Reports of returnees, as registration publishes them: nothing of who reported, or of whom (R1.5)."""

from datetime import datetime

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

REPORTS = "registration.returnee-reports.v1"


class ReportState(OpenEnum):
    """Where a report of a returnee stands."""

    OPEN = "open"
    VERIFIED = "verified"
    UNFOUNDED = "unfounded"


class ReturneeReportEvent(Event, topic=REPORTS, key="report_id", compacted=True, base=True):
    """The public state of a report of a returnee; `journey_id` is the declaration that was made by `resident_id`."""

    report_id: str
    area_path: str
    state: ReportState
    due_at: datetime
    journey_id: str | None = None
    resident_id: str | None = None


class ReturneeReported(ReturneeReportEvent):
    """A resident reported a returnee: the community verifies it."""


class ReturneeReportDecided(ReturneeReportEvent):
    """The community verified the report, or it was unfounded."""
