"""What a process reads from its environment."""

from typing import ClassVar

import pytest
from pydantic import ValidationError

from shared.base.settings import Role, ServiceSettings

ENVIRONMENT = {
    "LASTMETRE_KAFKA_BOOTSTRAP": "kafka:9092",
    "LASTMETRE_MONGO_URL": "mongodb://mongo",
    "LASTMETRE_ISSUER": "https://issuer",
    "LASTMETRE_JWKS": "/keys/jwks.json",
}


class Settings(ServiceSettings):
    service: ClassVar[str] = "supply"

    seal_key: int = 0  # of a type that a test can get wrong


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_a_service_has_its_own_database_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().database_name == "supply"
    monkeypatch.setenv("LASTMETRE_MONGO_DATABASE", "drill_supply")
    assert Settings().database_name == "drill_supply"


def test_a_process_runs_both_halves_unless_configured_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().role is Role.ALL
    monkeypatch.setenv("LASTMETRE_ROLE", "worker")
    assert Settings().role is Role.WORKER


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_setting_without_a_default_must_be_configured(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match=name.removeprefix("LASTMETRE_").lower()):
        Settings()


def test_a_secret_that_cannot_be_used_does_not_stand_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTMETRE_SEAL_KEY", "hunter2")
    with pytest.raises(ValidationError) as wrong:
        Settings()
    assert "seal_key" in str(wrong.value)
    assert "hunter2" not in str(wrong.value)
