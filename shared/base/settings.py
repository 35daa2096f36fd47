"""What every service reads from its environment; each service adds its own in `settings.py`."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Role(StrEnum):
    """Which half of a service a process runs."""

    ALL = "all"
    API = "api"
    WORKER = "worker"


class ServiceSettings(BaseSettings):
    """Read from `LASTMETRE_*`; secrets and addresses have no default."""

    # A secret that cannot be used must not stand in the log that says so.
    model_config = SettingsConfigDict(env_prefix="LASTMETRE_", extra="ignore", hide_input_in_errors=True)

    service: ClassVar[str]

    kafka_bootstrap: str
    mongo_url: str
    mongo_database: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    role: Role = Role.ALL
    log_level: str = "INFO"
    issuer: str
    audience: str = "lastmetre"
    jwks: str
    longest_token_life: timedelta = timedelta(hours=24)
    # 1 while processes of the version before run beside this one: they read seals of the first form alone.
    seal_form: Annotated[int, Field(ge=1, le=2)] = 2
    clock_file: Path | None = None
    city_zone: ZoneInfo = ZoneInfo("Asia/Shanghai")

    @property
    def database_name(self) -> str:
        """The service's own database: its name unless another is given."""
        return self.mongo_database or self.service
