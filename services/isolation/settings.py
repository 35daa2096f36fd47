"""The settings of isolation."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the key that seals what doctors and officers write, and how many days before an arrival a case begins."""

    service: ClassVar[str] = "isolation"

    text_seal_key: str
    days_before_arrival: Annotated[int, Field(ge=0, le=14)] = 1
