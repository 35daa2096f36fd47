"""What registration answers about break-glass."""

from datetime import datetime

from pydantic import BaseModel


class BreakGlass(BaseModel):
    """An area that is or was open to `subject` for reading."""

    glass_id: str
    subject: str
    own_area: str
    area_path: str
    reason: str
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    closed_by: str | None
