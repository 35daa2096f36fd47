"""What every service reads from its environment; each service adds its own in `settings.py`."""

from enum import StrEnum
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

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
    metrics_port: int | None = 9000  # none: no metrics
    # Addresses and networks of proxies whose X-Forwarded-For names the peer, with commas between them.
    trusted_proxies: str = ""
    role: Role = Role.ALL
    log_level: str = "INFO"
    issuer: str
    audience: str = "lastmetre"
    jwks: str
    clock_file: Path | None = None
    city_zone: ZoneInfo = ZoneInfo("Asia/Shanghai")

    @property
    def database_name(self) -> str:
        """The service's own database: its name unless another is given."""
        return self.mongo_database or self.service
