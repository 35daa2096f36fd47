"""What isolation is told by its environment."""

from typing import ClassVar

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing beyond what every service is told."""

    service: ClassVar[str] = "isolation"
