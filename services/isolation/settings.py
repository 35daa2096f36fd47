"""The settings of isolation."""

from typing import ClassVar

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing beyond the settings of every service."""

    service: ClassVar[str] = "isolation"
