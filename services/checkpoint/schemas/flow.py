"""The flow at gates over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class MinuteView(BaseModel):
    """A minute at a gate: how many went in and out, and how many scans were decided how.

    `reasons` counts by reason the scans that were denied or are to be checked; one with two reasons counts for both.
    """

    model_config = ConfigDict(populate_by_name=True, from_attributes=True)

    gate_id: str
    at: datetime
    came_in: Annotated[int, Field(alias="in")]
    went_out: Annotated[int, Field(alias="out")]
    allow: int
    deny: int
    recheck: int
    reasons: dict[str, int] = {}


class FlowView(BaseModel):
    """The minutes of a window in which a scan was made at a gate, gate by gate (R2.7)."""

    since: datetime
    until: datetime
    items: list[MinuteView]
