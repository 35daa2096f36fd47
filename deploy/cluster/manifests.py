"""`python -m deploy.cluster.manifests`: writes whatever in the manifests only repeats another file.

Services come from `deploy/services.py`, topics from `topics.yaml`, the rights of services on the bus from their code,
alert rules from those of Prometheus. Some files are written whole, of others the sections between two marks.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import yaml

from deploy.cluster import compose, handbook, kubernetes
from deploy.cluster.kubernetes import Manifest
from deploy.cluster.rights import Right, rights_of
from deploy.cluster.sections import WRITER, with_sections
from deploy.cluster.traffic import all_traffic
from deploy.services import SERVICES
from deploy.topics import load_topics

ROOT = Path(__file__).resolve().parents[2]
RULES_FILE = ROOT / "deploy/prometheus/rules.yml"
REPLICAS = 3


def topics() -> list[Manifest]:
    """Return a KafkaTopic for each topic of the topic file."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            "metadata": {"name": topic.name},
            "spec": {"partitions": topic.partitions, "replicas": REPLICAS, "config": topic.config},
        }
        for topic in load_topics()
    ]


def users() -> list[Manifest]:
    """Return a KafkaUser for each service, who may do what the service's code does and nothing else."""
    return [
        {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaUser",
            "metadata": {"name": traffic.service},
            "spec": {
                "authentication": {"type": "tls"},
                "authorization": {"type": "simple", "acls": [_acl(right) for right in rights_of(traffic)]},
            },
        }
        for traffic in all_traffic()
    ]


def _acl(right: Right) -> Manifest:
    resource = {"type": right.kind, "name": right.name, "patternType": "literal"}
    return {"resource": resource, "operations": list(right.operations)}


def alerts() -> list[Manifest]:
    """Return the alert rules as the Prometheus operator takes them."""
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": "lastmetre"},
            "spec": yaml.safe_load(RULES_FILE.read_text(encoding="utf-8")),
        }
    ]


def text_of(manifests: Iterable[Manifest]) -> str:
    """Return the manifests as the text of a file."""
    head = f"# Written by `{WRITER}`: change what it reads, not this.\n"
    return head + yaml.safe_dump_all(manifests, sort_keys=False, allow_unicode=True, width=120)


def generated() -> Mapping[Path, Callable[[], str]]:
    """Return every file that is written, whole or in part, each with what makes its text."""
    whole: dict[str, Callable[[], list[Manifest]]] = {
        "k8s/base/kafka/topics.yaml": topics,
        "k8s/base/kafka/users.yaml": users,
        "k8s/base/mongo/users.yaml": kubernetes.store_users,
        "k8s/base/network/calls.yaml": kubernetes.calls,
        "k8s/base/network/egress.yaml": kubernetes.egress,
        "k8s/base/services/kustomization.yaml": kubernetes.all_services,
        "k8s/components/ingress/routes.yaml": kubernetes.ingress,
        "k8s/components/monitoring/rules.yaml": alerts,
        "k8s/components/scaling/workers.yaml": kubernetes.workers,
    }
    for entry in SERVICES.values():
        whole[f"k8s/base/services/{entry.name}/kustomization.yaml"] = partial(kubernetes.service, entry)
        whole[f"k8s/base/services/{entry.name}/secrets.yaml"] = partial(kubernetes.secrets, entry)
    sections: dict[str, dict[str, Callable[[], str]]] = {
        ".env.example": {"passwords": compose.passwords, "keys": compose.values},
        "deploy/prometheus/prometheus.yml": {"targets": compose.targets},
        "docker-compose.yml": {
            "services": compose.services,
            "mounts": compose.mounts,
            "users": compose.users,
            "bus users": compose.bus_users,
            "volumes": compose.volumes,
        },
        "docs/operations.md": {
            "addresses": handbook.addresses,
            "secrets": handbook.secrets,
            "config maps": handbook.config_maps,
            "commands": handbook.commands,
        },
    }
    return {ROOT / path: partial(_whole, made) for path, made in whole.items()} | {
        ROOT / path: partial(_in_part, ROOT / path, made) for path, made in sections.items()
    }


def _whole(made: Callable[[], list[Manifest]]) -> str:
    return text_of(made())


def _in_part(path: Path, made: Mapping[str, Callable[[], str]]) -> str:
    return with_sections(path, {name: body() for name, body in made.items()})


def main() -> int:
    """Write every file, or section of one, that is generated."""
    for path, text in generated().items():
        content = text()
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
