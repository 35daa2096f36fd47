"""What every service answers to an auditor: readings of personal data, and its log of acts."""

import re
from datetime import datetime

from pydantic import BaseModel

_AROUND = re.compile(r"^[a-z_]+\.|\.v\d+$")


class Reading(BaseModel):
    """Who read what of whom, when and for what purpose."""

    reading_id: str = ""
    kind: str
    reader: str
    reader_area: str | None = None
    subject: str
    purpose: str
    at: datetime


class Act(BaseModel):
    """An entry of a service's log; `verifies`: it and its link are as they were written."""

    number: int
    at: datetime | None
    kind: str | None
    subject: str | None
    by: str
    because: str
    area_path: str | None
    readings: int
    verifies: bool

    @property
    def name(self) -> str:
        """The kind without the service and the version of the event."""
        return _AROUND.sub("", self.kind or "")


class Verification(BaseModel):
    """Whether the newest links of a service's log verify."""

    links: int
    head: str
    verified: int
    faults: list[int]
    published_on: str
    published_number: int
    published_holds: bool
    waiting: int

    @property
    def holds(self) -> bool:
        """Whether all that was compared is as it was written."""
        return not self.faults and self.published_holds
