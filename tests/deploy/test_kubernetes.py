"""k8s/: what the overlays make of base, read as a cluster would read it."""

import json
from collections.abc import Iterable
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.cluster.manifests import generated
from deploy.cluster.traffic import all_traffic
from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from deploy.topics import load_topics
from shared.bus.kafka import MAX_MESSAGE_BYTES
from tests.deploy.conftest import Built
from tests.deploy.kustomize import Manifest
from tests.deploy.pods import container_of, of_kind

OVERLAYS = ("k8s/overlays/dev", "k8s/overlays/city")
CITY = "k8s/overlays/city"
COPIES = {"k8s/overlays/dev": 1, "k8s/overlays/city": 3}
OURS = Draft202012Validator(yaml.safe_load((Path(__file__).parent / "schemas/custom-resources.yaml").read_text()))


def _distinct(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return each manifest once, whatever its namespace."""
    bare = [m | {"metadata": {k: v for k, v in m["metadata"].items() if k != "namespace"}} for m in manifests]
    return list({json.dumps(manifest): manifest for manifest in bare}.values())


def _is_custom(manifest: Manifest) -> bool:
    group = manifest["apiVersion"].rpartition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


def test_what_is_built_is_what_kubernetes_takes(built: Built) -> None:
    version = kubernetes_validate.latest_version()
    for manifest in _distinct(manifest for directory in ("k8s/base", *OVERLAYS) for manifest in built(directory)):
        if not _is_custom(manifest):
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("directory", OVERLAYS)
def test_what_the_operators_take_has_no_unknown_name(built: Built, directory: str) -> None:
    for manifest in filter(_is_custom, built(directory)):
        problems = [f"{error.json_path}: {error.message}" for error in OURS.iter_errors(manifest)]
        assert not problems, manifest["metadata"]["name"]


@pytest.mark.parametrize("path", generated(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_only_repeats_another_file_repeats_it_exactly(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated()[path](), "run 'python -m deploy.cluster.manifests'"


def test_every_directory_of_a_service_belongs_to_a_service_of_the_registry() -> None:
    directories = {path.name for path in (ROOT / "k8s/base/services").iterdir() if path.is_dir()}
    assert directories == set(SERVICES)


@pytest.mark.parametrize("directory", OVERLAYS)
def test_the_topics_of_the_cluster_are_those_of_the_topic_file(built: Built, directory: str) -> None:
    topics = {topic["metadata"]["name"]: topic["spec"] for topic in of_kind(built(directory), "KafkaTopic")}
    expected = {
        topic.name: {"partitions": topic.partitions, "replicas": COPIES[directory], "config": topic.config}
        for topic in load_topics()
    }
    assert topics == expected


@pytest.mark.parametrize("directory", OVERLAYS)
def test_the_bus_takes_the_largest_message_that_a_service_sends(built: Built, directory: str) -> None:
    (kafka,) = of_kind(built(directory), "Kafka")
    config = kafka["spec"]["kafka"]["config"]
    assert config["message.max.bytes"] > MAX_MESSAGE_BYTES
    assert config["replica.fetch.max.bytes"] >= config["message.max.bytes"]
    assert config["auto.create.topics.enable"] is False


def test_a_city_loses_a_broker_and_nothing_that_was_acknowledged(built: Built) -> None:
    (kafka,) = of_kind(built(CITY), "Kafka")
    config = kafka["spec"]["kafka"]["config"]
    assert config["min.insync.replicas"] == 2
    assert {pool["spec"]["replicas"] for pool in of_kind(built(CITY), "KafkaNodePool")} == {3}
    assert {topic["spec"]["replicas"] for topic in of_kind(built(CITY), "KafkaTopic")} == {3}


@pytest.mark.parametrize("directory", OVERLAYS)
def test_every_service_has_both_its_halves_and_what_keeps_them(built: Built, directory: str) -> None:
    present = {(m["kind"], m["metadata"]["name"]) for m in built(directory)}
    for service in SERVICES:
        halves = {f"{service}-api", f"{service}-worker"}
        expected = {(kind, half) for kind in ("Deployment", "PodDisruptionBudget") for half in halves}
        expected |= {(kind, f"{service}-api") for kind in ("Service", "HorizontalPodAutoscaler")}
        assert expected | {("ServiceAccount", f"{service}-account"), ("KafkaUser", service)} <= present
    deployments = {name for kind, name in present if kind == "Deployment"}
    assert deployments == {f"{service}-{half}" for service in SERVICES for half in ("api", "worker")} | {"operations"}


@pytest.mark.parametrize("directory", OVERLAYS)
def test_what_selects_pods_selects_those_of_one_half_of_one_service(built: Built, directory: str) -> None:
    pods = [d["spec"]["template"]["metadata"]["labels"] for d in of_kind(built(directory), "Deployment")]
    for manifest in of_kind(built(directory), "Deployment", "Service", "PodDisruptionBudget"):
        selector = manifest["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert sum(wanted.items() <= labels.items() for labels in pods) == 1, manifest["metadata"]["name"]


@pytest.mark.parametrize("directory", OVERLAYS)
def test_an_autoscaler_scales_a_deployment_that_is_there(built: Built, directory: str) -> None:
    deployments = {d["metadata"]["name"]: d["spec"] for d in of_kind(built(directory), "Deployment")}
    for scaler in of_kind(built(directory), "HorizontalPodAutoscaler", "ScaledObject"):
        name = scaler["spec"]["scaleTargetRef"]["name"]
        assert "replicas" not in deployments[name], "applying it again would undo what the autoscaler did"


def test_workers_scale_on_the_lag_of_their_own_group_and_not_beyond_its_partitions(built: Built) -> None:
    scaled = {o["metadata"]["name"]: o["spec"] for o in of_kind(built(CITY), "ScaledObject")}
    partitions = {topic.name: topic.partitions for topic in load_topics()}
    for traffic in all_traffic():
        if not traffic.consumed:
            continue  # it would scale on the lag of no group
        spec = scaled.pop(f"{traffic.service}-worker")
        assert spec["scaleTargetRef"]["name"] == f"{traffic.service}-worker"
        assert [trigger["metadata"]["consumerGroup"] for trigger in spec["triggers"]] == list(traffic.groups)
        assert spec["maxReplicaCount"] == max(partitions[topic] for topic in traffic.consumed)
        assert spec["minReplicaCount"] <= spec["maxReplicaCount"]
    assert not scaled


@pytest.mark.parametrize("directory", OVERLAYS)
def test_each_service_has_a_user_of_its_own_in_the_store(built: Built, directory: str) -> None:
    (store,) = of_kind(built(directory), "PerconaServerMongoDB")
    users = {user["name"]: user for user in store["spec"]["users"]}
    assert list(users) == list(SERVICES)
    for service, user in users.items():
        assert user["db"] == service
        assert user["roles"] == [{"name": "readWrite", "db": service}, {"name": f"{service}-log", "db": "admin"}]
        assert user["passwordSecretRef"] == {"name": f"lastmetre-mongo-{service}", "key": "password"}


@pytest.mark.parametrize("directory", OVERLAYS)
def test_a_service_s_user_reads_the_log_of_acts_and_adds_to_it_and_does_nothing_else(
    built: Built, directory: str
) -> None:
    (store,) = of_kind(built(directory), "PerconaServerMongoDB")
    roles = {role["role"]: role for role in store["spec"]["roles"]}
    assert list(roles) == [f"{service}-log" for service in SERVICES]
    for service in SERVICES:
        role = roles[f"{service}-log"]
        assert role["roles"] == []
        (privilege,) = role["privileges"]
        assert privilege["resource"] == {"db": f"{service}_log", "collection": ""}
        assert set(privilege["actions"]) == {"find", "insert", "createCollection"}


@pytest.mark.parametrize("directory", OVERLAYS)
def test_nothing_goes_in_or_out_unless_a_policy_lets_it(built: Built, directory: str) -> None:
    policies = of_kind(built(directory), "NetworkPolicy")
    closed = [p["spec"] for p in policies if not p["spec"].get("ingress") and not p["spec"].get("egress")]
    assert closed == [{"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}]
    assert {m["metadata"]["namespace"] for m in policies} == {
        m["metadata"]["name"] for m in of_kind(built(directory), "Namespace")
    }


@pytest.mark.parametrize("directory", OVERLAYS)
def test_a_policy_names_labels_that_our_pods_have(built: Built, directory: str) -> None:
    pods = [d["spec"]["template"]["metadata"]["labels"] for d in of_kind(built(directory), "Deployment")]
    for policy in of_kind(built(directory), "NetworkPolicy"):
        wanted = policy["spec"]["podSelector"].get("matchLabels", {})
        ours = {name: value for name, value in wanted.items() if name.startswith("app.kubernetes.io/")}
        theirs = ours.get("app.kubernetes.io/instance") == "lastmetre-mongo"
        assert theirs or any(ours.items() <= labels.items() for labels in pods), policy["metadata"]["name"]


@pytest.mark.parametrize("directory", OVERLAYS)
def test_one_image_serves_all_and_every_pod_keeps_to_the_restricted_profile(built: Built, directory: str) -> None:
    images = set()
    for deployment in of_kind(built(directory), "Deployment"):
        pod, container = deployment["spec"]["template"]["spec"], container_of(deployment)
        images.add(container["image"])
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        own = container["securityContext"]
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert own["readOnlyRootFilesystem"]
        assert own["allowPrivilegeEscalation"] is False
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]
    assert len(images) == 1
    (image,) = images
    assert ":" in image
    assert not image.endswith(":latest")


def test_every_directory_of_manifests_belongs_to_a_city(built: Built) -> None:
    built(CITY)
    files = {path for path in (ROOT / "k8s").rglob("*.yaml") if path.name != "kustomization.yaml"}
    texts = [path.read_text() for path in (ROOT / "k8s").rglob("kustomization.yaml")]
    assert not [path for path in files if not any(path.name in text for text in texts)]
