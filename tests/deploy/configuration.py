"""What a process would read from the environment that a manifest gives it."""

import importlib
from collections.abc import Mapping

import pytest
from pydantic_settings import BaseSettings

from deploy.services import SERVICES, event_keys
from shared.base.settings import ServiceSettings
from shared.bus.kafka import Certificates

PREFIX = "LASTMETRE_"


def settings_of(service: str) -> type[ServiceSettings]:
    """Return the settings class of a service."""
    kind: type[ServiceSettings] = importlib.import_module(f"services.{service}.settings").Settings
    return kind


def names_of(service: str) -> set[str]:
    """Return every variable that a process of the service reads."""
    keys = {f"{PREFIX}{event_keys(producer).variable}" for producer in SERVICES}
    asked = {f"{PREFIX}SERVICES__{name.upper()}" for name in SERVICES[service].asks}
    return _names(settings_of(service)) | _names(Certificates) | keys | asked


def _names(kind: type[BaseSettings]) -> set[str]:
    prefix = kind.model_config["env_prefix"]
    return {f"{prefix}{name}".upper() for name in kind.model_fields} | {
        f"{prefix}{event_keys(one).variable}" for one in SERVICES
    }


def misspelt(service: str, environment: Mapping[str, str]) -> set[str]:
    """Return the variables that look like settings and that no process of the service reads."""
    return {name for name in environment if name.startswith(PREFIX)} - names_of(service)


def read(service: str, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    """Return the settings of a process in this environment. Raises pydantic's `ValidationError` for a wrong one."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    kind: type[BaseSettings] = settings_of(service)
    settings = kind()
    assert isinstance(settings, ServiceSettings)
    return settings
