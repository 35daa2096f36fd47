"""docker-compose.yml: against its schema, and against what the services and the topic file say."""

import json
import re
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from deploy.cli.main import main
from deploy.launcher.processes.child import ROOT
from deploy.launcher.secrets.issuer import ISSUER
from deploy.launcher.servers.topics import partitions_of
from deploy.services import SERVICES
from deploy.topics import load_topics
from shared.base.keys import key_from
from shared.bus.kafka import MAX_MESSAGE_BYTES
from tests.deploy.configuration import misspelt, read
from tests.support.bus import run_apart, server_in

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
LOCAL = "localhost:9094"  # the listener of the broker's own container
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def _filled(text: object) -> str:
    """Return a value with its variables replaced: by their default, else by something plausible."""
    return VARIABLE.sub(lambda match: match[3] if match[2] == "-" else "0f" * 16, str(text))


def _environment(name: str) -> dict[str, str]:
    return {key: _filled(value) for key, value in CONTAINERS[name].get("environment", {}).items()}


def test_the_file_is_what_compose_reads() -> None:
    schema = json.loads((Path(__file__).parent / "schemas/compose-spec.json").read_text())
    problems = [f"{error.json_path}: {error.message}" for error in validator_for(schema)(schema).iter_errors(COMPOSE)]
    assert not problems


def test_every_service_runs_from_the_one_image_and_says_who_it_is() -> None:
    assert set(SERVICES) <= set(CONTAINERS)
    images = {CONTAINERS[name]["image"] for name in SERVICES}
    assert len(images) == 1
    assert {name: CONTAINERS[name]["environment"]["SERVICE"] for name in SERVICES} == {name: name for name in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_the_environment_of_a_service_holds_all_it_needs_and_nothing_misspelt(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = _environment(service)
    assert misspelt(service, environment) == set()
    settings = read(service, environment, monkeypatch)
    assert settings.mongo_url.startswith(f"mongodb://{service}:")
    assert f"/{service}?" in settings.mongo_url
    assert settings.issuer == ISSUER


@pytest.mark.parametrize("service", SERVICES)
def test_every_file_that_a_service_is_configured_with_lies_in_a_volume_of_keys(service: str) -> None:
    mounted = {volume.split(":")[1] for volume in CONTAINERS[service]["volumes"]}
    files = {value for value in _environment(service).values() if value.startswith("/")}
    assert {str(Path(file).parent) for file in files} == mounted
    assert all(volume.endswith(":ro") for volume in CONTAINERS[service]["volumes"])


def test_the_file_holds_no_secret_and_the_example_names_them_all_without_a_value() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    required = {name for name, kind, _ in VARIABLE.findall(text) if kind == "?"}
    example = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert set(example) == required
    assert set(example.values()) == {""}
    named = {line for line in re.findall(r"^\s+(\w*(?:PASSWORD|KEY)): (.+)$", text, re.MULTILINE)}
    assert all("?see .env.example}" in value for name, value in named if not value.startswith("/")), named


@pytest.mark.skipif(not (which("openssl") and which("awk")), reason="the recipe needs openssl and awk")
def test_the_recipe_of_the_example_makes_keys_that_the_services_take(tmp_path: Path) -> None:
    lines = [line.removeprefix("#").strip() for line in EXAMPLE.splitlines()]
    begin = next(at for at, line in enumerate(lines) if line.startswith("awk "))
    command = f"{lines[begin].removesuffix(chr(92))} {lines[begin + 1]}"
    (tmp_path / ".env.example").write_text(EXAMPLE)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    made = dict(re.findall(r"^(\w+)=(.*)$", (tmp_path / ".env").read_text(), re.MULTILINE))
    assert len(key_from(made["SEAL_KEY"])) == len(key_from(made["ID_HASH_KEY"])) == 32
    assert len(set(made.values())) == len(made)
    assert all(value.isalnum() for name, value in made.items() if name.endswith("PASSWORD"))


def test_each_service_has_a_user_of_its_own_on_the_bus() -> None:
    environment = CONTAINERS["bus-users"]["environment"]
    assert environment["SERVICES"].split() == list(SERVICES)
    for service in SERVICES:
        own = CONTAINERS[service]["environment"]
        assert own["LASTMETRE_KAFKA_USER"] == service
        assert own["LASTMETRE_KAFKA_PASSWORD"] == environment[f"{service.upper()}_PASSWORD"]


def test_each_service_has_a_user_of_its_own_in_the_store() -> None:
    script = (ROOT / "deploy/compose/mongo.js").read_text()
    assert 'process.env.SERVICES.split(" ")' in script
    assert 'process.env.LOG_ACTIONS.split(" ")' in script
    environment = CONTAINERS["users"]["environment"]
    assert environment["SERVICES"].split() == list(SERVICES)
    assert set(environment) == {
        *(f"{name.upper()}_PASSWORD" for name in (*SERVICES, "root")),
        *("SERVICES", "LOG_ACTIONS"),
    }
    assert environment["LOG_ACTIONS"].split() == ["find", "insert", "createCollection"]  # no update, no remove
    for service in SERVICES:
        (variable,) = re.findall(r"\$\{\w+:\?[^}]*\}", CONTAINERS[service]["environment"]["LASTMETRE_MONGO_URL"])
        assert variable == environment[f"{service.upper()}_PASSWORD"]


@pytest.mark.broker
def test_what_compose_runs_makes_every_topic_of_the_file_and_the_bus_makes_none_by_itself(tmp_path: Path) -> None:
    command, *arguments = CONTAINERS["topics"]["command"]
    assert command == "lastmetre"
    assert CONTAINERS["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    with server_in(tmp_path) as server:
        address = [server.bootstrap if value == LOCAL else value for value in arguments]
        assert main(address) == 0
        made = run_apart(partitions_of(server.bootstrap))
    assert made == {topic.name: topic.partitions for topic in load_topics()}


def test_the_bus_takes_the_largest_message_that_a_service_sends() -> None:
    assert CONTAINERS["kafka"]["environment"]["KAFKA_MESSAGE_MAX_BYTES"] > MAX_MESSAGE_BYTES


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_bounded_and_reached_from_this_machine_alone(name: str) -> None:
    container = CONTAINERS[name]
    assert {"cpus", "memory"} <= set(container["deploy"]["resources"]["limits"])
    assert "no-new-privileges:true" in container["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))
    built_here = "build" in container
    assert not built_here or (container["read_only"] and container["cap_drop"] == ["ALL"])
    assert container["restart"] in ("no", "unless-stopped")
    lasting = container["restart"] == "unless-stopped"
    assert not lasting or built_here or "healthcheck" in container


def test_nothing_starts_before_what_it_needs() -> None:
    for name, container in CONTAINERS.items():
        for needed, how in container.get("depends_on", {}).items():
            ends = CONTAINERS[needed]["restart"] == "no"
            expected = "service_completed_successfully" if ends else "service_healthy"
            assert how["condition"] == expected, (name, needed)
    for service in SERVICES:
        assert set(CONTAINERS[service]["depends_on"]) == {"keys", "topics", "rights", "bus-users", "users"}


def test_every_volume_is_declared_and_every_mounted_file_is_there() -> None:
    for container in CONTAINERS.values():
        for volume in container.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]
