"""Bodies about reports of returnees."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.schemas import Body, Id, Path, Reason, Region, View
from shared.events.registration_reports import ReportState


class ReportBody(Body):
    """A report of a returnee. The client makes `report_id` (UUIDv7), so that a repeat is harmless."""

    several_lines = frozenset({"about"})

    report_id: Id
    area_path: Annotated[Path, Field(description="The compound, or what is larger, in which the person is")]
    door: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    about: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    origin_region: Region | None = None


class VerificationBody(Body):
    """The declaration that was made for the returnee."""

    journey_id: Id


class UnfoundedBody(Body):
    """Why a report is unfounded."""

    reason: Reason


class ReportView(View):
    """A report of a returnee: where, what about, until when it is due, what became of it; never who made it."""

    report_id: str
    area_path: str
    door: str
    about: str
    origin_region: str
    reported_at: datetime
    due_at: datetime
    overdue: bool
    state: ReportState
    journey_id: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision: Annotated[str, Field(description="Why it is unfounded")]
