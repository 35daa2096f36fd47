"""The settings of isolation."""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds how many days before an arrival its case begins, and how long one person's word keeps a case open."""

    service: ClassVar[str] = "isolation"

    days_before_arrival: Annotated[int, Field(ge=0, le=14)] = 1
    second_person_within: timedelta = timedelta(hours=24)
