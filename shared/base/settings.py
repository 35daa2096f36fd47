"""What every service reads from its environment; each service adds its own in `settings.py`."""

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.base.json_types import Json
from shared.base.token_rules import Claims, TokenRules


class Role(StrEnum):
    """Which half of a service a process runs."""

    ALL = "all"
    API = "api"
    WORKER = "worker"


class ServiceSettings(BaseSettings):
    """Read from `LASTMETRE_*`; secrets and addresses have no default."""

    # A secret that cannot be used must not stand in the log that says so.
    model_config = SettingsConfigDict(
        env_prefix="LASTMETRE_", env_nested_delimiter="__", extra="ignore", hide_input_in_errors=True
    )

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
    longest_token_life: timedelta = timedelta(hours=24)
    # How the provider's access tokens are read (docs/sign-in.md): `LASTMETRE_CLAIMS__ROLES=["realm_access.roles"]`.
    claims: Claims = Claims()
    algorithms: tuple[str, ...] = TokenRules().algorithms
    # By which levels (`acr`) a sign-in counts as strong, and for how long as fresh.
    strong_acr: tuple[str, ...] = TokenRules().strong_acr
    fresh_for: timedelta = TokenRules().fresh_for
    # Lower while processes of an earlier version run beside this one: 1 for those that read seals of the first form
    # alone, 2 for those that cannot read what is wrapped by persons' keys.
    seal_form: Annotated[int, Field(ge=1, le=3)] = 3
    clock_file: Path | None = None
    city_zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    # Files of the keys of MACs, by the service that signs with them: `LASTMETRE_EVENT_KEYS__REGISTRATION=...`.
    event_keys: dict[str, Path] = {}
    unsigned_events_until: AwareDatetime | None = None  # in an upgrade: so long records without a MAC are read

    def require_event_key(self, now: datetime) -> None:
        """Return if the process can sign and verify events, or need not yet. Raises `SystemExit` with what to do."""
        until = self.unsigned_events_until
        if self.service in self.event_keys or (until is not None and now < until):
            return
        name = f"LASTMETRE_EVENT_KEYS__{self.service.upper()}"
        raise SystemExit(
            f"{self.service} 没有事件密钥：请设置 {name}；升级期间可先设置 LASTMETRE_UNSIGNED_EVENTS_UNTIL。\n"
            f"{self.service} has no event key: set {name} to its file, which 'lastmetre keys' makes; "
            "while a city is upgraded, LASTMETRE_UNSIGNED_EVENTS_UNTIL puts it off"
        )

    @model_validator(mode="before")
    @classmethod
    def _gather_event_keys(cls, given: Json) -> Json:
        """Gather the files that are given one by one, as in the environment."""
        prefix = "event_keys__"
        given = {name: value for name, value in given.items() if (name, value) != ("unsigned_events_until", "")}
        flat = {name.removeprefix(prefix): path for name, path in given.items() if name.startswith(prefix)}
        return given | {"event_keys": {**given.get("event_keys", {}), **flat}} if flat else given

    @property
    def token_rules(self) -> TokenRules:
        """What is believed of the provider's access tokens."""
        return TokenRules(
            claims=self.claims,
            algorithms=self.algorithms,
            longest_life=self.longest_token_life,
            strong_acr=self.strong_acr,
            fresh_for=self.fresh_for,
        )

    @property
    def database_name(self) -> str:
        """The service's own database: its name unless another is given."""
        return self.mongo_database or self.service
