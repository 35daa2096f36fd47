"""The settings of isolation."""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the key that seals what staff write, when a case begins, and how long one person's word keeps it open."""

    service: ClassVar[str] = "isolation"

    text_seal_key: str
    days_before_arrival: Annotated[int, Field(ge=0, le=14)] = 1
    second_person_within: timedelta = timedelta(hours=24)
