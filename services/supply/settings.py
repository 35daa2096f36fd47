"""The settings of supply."""

from typing import ClassVar

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the key that seals what officers and volunteers write."""

    service: ClassVar[str] = "supply"

    text_seal_key: str
