"""Bodies about break-glass."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.registration.schemas import Body, Id, Path, Reason, View


class BreakGlassBody(Body):
    """Which area to open, why, and for how many minutes. The client makes `glass_id` (UUIDv7): a repeat is harmless."""

    glass_id: Id
    area_path: Path
    reason: Reason
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]


class BreakGlassView(View):
    """An area that is or was open to `subject`, of `own_area`, for reading; `closed_at` where it ended early."""

    glass_id: str
    subject: str
    own_area: str
    area_path: str
    reason: str
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    closed_by: str | None
