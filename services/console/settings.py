"""The settings of the console."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from shared.base.json_types import Json
from shared.base.settings import ServiceSettings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(ServiceSettings):
    """Adds the provider that people sign in at, the services that it asks, and how long a session lasts.

    `public_url` is the address in people's browsers; https, except on this machine. Without `oidc_issuer` no person can
    sign in, and the console says so. `gate_url` is the address of checkpoint as devices at gates reach it.
    """

    service: ClassVar[str] = "console"

    session_seal_key: str
    public_url: str = ""
    gate_url: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = "lastmetre-console"
    oidc_client_secret: str = ""
    services: Mapping[str, str] = Field(
        default_factory=dict
    )  # addresses by name: LASTMETRE_SERVICES__REGISTRATION=http://...
    session_idle: timedelta = timedelta(minutes=30)
    session_life: timedelta = timedelta(hours=12)

    @property
    def url(self) -> str:
        """The address of the console in people's browsers, without a slash at its end."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @property
    def own_address(self) -> str:
        """The address at which the console asks itself, as operators see how it is."""
        host = "127.0.0.1" if self.http_host in ("", "0.0.0.0", "::") else self.http_host
        return f"http://{host}:{self.http_port}"

    @property
    def scanner_url(self) -> str:
        """The address of checkpoint in the browsers of devices at gates; on one machine that of the service."""
        return (self.gate_url or self.services.get("checkpoint", "")).rstrip("/")

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the console over https."""
        return urlsplit(self.url).scheme == "https"

    @model_validator(mode="before")
    @classmethod
    def _gather_services(cls, given: Json) -> Json:
        """Gather the addresses that are given one by one, as in the environment."""
        prefix = "services__"
        flat = {name.removeprefix(prefix): url for name, url in given.items() if name.startswith(prefix)}
        return given | {"services": {**given.get("services", {}), **flat}} if flat else given

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        if self.public_url and not self.is_secure and urlsplit(self.url).hostname not in LOOPBACK:
            raise ValueError("public_url: browsers must reach the console over https, except on this machine")
        return self
