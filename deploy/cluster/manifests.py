"""`python -m deploy.cluster.manifests`: writes those Kubernetes manifests that only repeat what another file says.

Topics come from `topics.yaml`, the rights of services on the bus from their code, alert rules from those of Prometheus.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.cluster.traffic import Traffic, all_traffic
from deploy.topics import load_topics

ROOT = Path(__file__).resolve().parents[2]
RULES_FILE = ROOT / "deploy/prometheus/rules.yml"
REPLICAS = 3

Manifest = dict[str, Any]


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
                "authorization": {"type": "simple", "acls": _rights(traffic)},
            },
        }
        for traffic in all_traffic()
    ]


def _rights(traffic: Traffic) -> list[Manifest]:
    groups = [_allowed("group", group, ["Read"]) for group in traffic.groups]
    on_topics = []
    for topic in sorted(traffic.read | traffic.written):
        done = [("Read", topic in traffic.read), ("Write", topic in traffic.written)]
        on_topics.append(_allowed("topic", topic, ["Describe", *(name for name, holds in done if holds)]))
    return groups + on_topics


def _allowed(kind: str, name: str, operations: list[str]) -> Manifest:
    return {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": operations}


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


GENERATED: Mapping[Path, Callable[[], Iterable[Manifest]]] = {
    ROOT / "k8s/base/kafka/topics.yaml": topics,
    ROOT / "k8s/base/kafka/users.yaml": users,
    ROOT / "k8s/components/monitoring/rules.yaml": alerts,
}


def text_of(manifests: Iterable[Manifest]) -> str:
    """Return the manifests as the text of a file."""
    head = "# Written by `python -m deploy.cluster.manifests`: change what it reads, not this.\n"
    return head + yaml.safe_dump_all(manifests, sort_keys=False, allow_unicode=True, width=120)


def main() -> int:
    """Write every generated manifest."""
    for path, made in GENERATED.items():
        path.write_text(text_of(made()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
