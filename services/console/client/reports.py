"""What registration answers about reports of returnees."""

from datetime import datetime

from pydantic import BaseModel


class Report(BaseModel):
    """A report of a returnee; never who made it."""

    report_id: str
    area_path: str
    door: str
    about: str
    origin_region: str
    reported_at: datetime
    due_at: datetime
    overdue: bool
    state: str
    journey_id: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str
