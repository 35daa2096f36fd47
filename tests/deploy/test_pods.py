"""What a process on Kubernetes is configured with, and that the files it names are mounted."""

import re
from pathlib import PurePosixPath

import pytest

from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from tests.deploy.configuration import misspelt, read
from tests.deploy.conftest import Built
from tests.deploy.pods import PLACEHOLDER, container_of, environment, files, named, of_kind, references

OVERLAYS = ("k8s/overlays/dev", "k8s/overlays/city")
# Made by the operators from what our manifests ask of them.
MADE_BY_OPERATORS = {"lastmetre-cluster-ca-cert", "lastmetre-mongo-ssl", "operations", "lag", *SERVICES}


@pytest.mark.parametrize("half", ["api", "worker"])
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("directory", OVERLAYS)
def test_the_environment_of_a_process_holds_all_it_needs_and_nothing_misspelt(
    built: Built, directory: str, service: str, half: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests = built(directory)
    variables = environment(named(manifests, "Deployment", f"{service}-{half}"), manifests)
    assert misspelt(service, variables) == set()
    settings = read(service, variables, monkeypatch)
    assert variables["SERVICE"] == service
    assert settings.role == half
    assert settings.mongo_url.startswith(f"mongodb://{service}:{PLACEHOLDER}@lastmetre-mongo-")
    assert f"/{service}?" in settings.mongo_url
    assert settings.kafka_bootstrap == "lastmetre-kafka-bootstrap:9093"


@pytest.mark.parametrize("directory", OVERLAYS)
def test_every_file_that_a_process_is_configured_with_is_mounted(built: Built, directory: str) -> None:
    manifests = built(directory)
    for deployment in of_kind(manifests, "Deployment"):
        variables = environment(deployment, manifests)
        named_files = {PurePosixPath(value) for value in variables.values() if value.startswith("/etc/lastmetre/")}
        options = variables.get("MONGO_OPTIONS", "")
        named_files |= {PurePosixPath(part.partition("=")[2]) for part in options.split("&") if "/" in part}
        mounted = files(deployment)
        name = deployment["metadata"]["name"]
        if name == "operations":
            named_files = {file for file in named_files if "kafka" in str(file)}
        missing = {file for file in named_files if file not in mounted and file.parent / "*" not in mounted}
        assert not missing, name


@pytest.mark.parametrize("directory", OVERLAYS)
def test_every_secret_is_made_by_an_operator_or_explained_in_the_handbook(built: Built, directory: str) -> None:
    manifests = built(directory)
    handbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    written = set(re.findall(r"`([\w-]+)`", handbook))
    explained = {name.replace("SERVICE", service) for name in written for service in SERVICES}
    made = {config["metadata"]["name"] for config in of_kind(manifests, "ConfigMap")}
    for deployment in of_kind(manifests, "Deployment"):
        wanted = {name for _, name in references(deployment)}
        assert wanted - made - MADE_BY_OPERATORS <= explained, deployment["metadata"]["name"]


@pytest.mark.parametrize("directory", OVERLAYS)
def test_no_manifest_holds_a_secret(built: Built, directory: str) -> None:
    assert of_kind(built(directory), "Secret") == []


@pytest.mark.parametrize("directory", OVERLAYS)
def test_a_process_is_asked_how_it_is_where_it_answers(built: Built, directory: str) -> None:
    for deployment in of_kind(built(directory), "Deployment"):
        container = container_of(deployment)
        if deployment["metadata"]["name"] == "operations":
            continue
        asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
        live, ready = ({"path": f"/health/{what}", "port": "http"} for what in ("live", "ready"))
        assert asked == {"startup": live, "liveness": live, "readiness": ready}
        assert container["ports"] == [
            {"name": "http", "containerPort": 8000},
            {"name": "metrics", "containerPort": 9000},
        ]
