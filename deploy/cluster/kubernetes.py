"""What the Kubernetes manifests repeat of `deploy/services.py` and of the services' code, service by service."""

from collections.abc import Iterable
from typing import Any

from deploy.cluster.traffic import all_traffic
from deploy.services import LOG_ACTIONS, SERVICES, KeyFile, Option, SecretValue, ServiceEntry
from deploy.topics import load_topics

KEYS = "/etc/lastmetre"
PART_OF = {"app.kubernetes.io/part-of": "lastmetre"}

Manifest = dict[str, Any]

# What one address may do. A body is read whole before a service has it; 20 MB are the largest roster.
_AT_INGRESS = {
    "limit-connections": "100",
    "limit-rps": "300",
    "proxy-body-size": "20m",
    "proxy-request-buffering": "on",
    "proxy-read-timeout": "130",
}


def all_services() -> list[Manifest]:
    """Return the kustomization of every service together."""
    # The network's policies know the services by this label: the operators' pods do not have it.
    return [_kustomization(list(SERVICES), labels=[{"pairs": PART_OF, "includeTemplates": True}])]


def service(entry: ServiceEntry) -> list[Manifest]:
    """Return the kustomization of one service: both its halves under its name."""
    return [
        _kustomization(
            ["../../service"],
            namePrefix=f"{entry.name}-",
            labels=[{"pairs": {"app.kubernetes.io/name": entry.name}, "includeSelectors": True}],
            patches=[{"target": {"kind": "Deployment"}, "path": "secrets.yaml"}],
        )
    ]


def _kustomization(resources: list[str], **more: object) -> Manifest:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources, **more}


def secrets(entry: ServiceEntry) -> list[Manifest]:
    """Return the patch that gives a service's processes their secrets and options."""
    volumes = _volumes(secret for secret in entry.secrets if isinstance(secret, KeyFile))
    container: Manifest = {"name": "service", "env": _environment(entry)}
    if volumes:
        container["volumeMounts"] = [
            {"name": volume["name"], "mountPath": f"{KEYS}/{volume['name']}", "readOnly": True} for volume in volumes
        ]
    certificate = {"name": "certificate", "secret": {"secretName": entry.name}}
    pod = {"containers": [container], "volumes": [certificate, *volumes]}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "any"},
            "spec": {"template": {"spec": pod}},
        }
    ]


def _environment(entry: ServiceEntry) -> list[Manifest]:
    password = {"secretKeyRef": {"name": f"lastmetre-mongo-{entry.name}"}}
    return [
        {"name": "MONGO_PASSWORD", "valueFrom": password},
        *({"name": f"LASTMETRE_{secret.variable}", **_secret_value(secret)} for secret in entry.secrets),
        *({"name": f"LASTMETRE_{option.variable}", "valueFrom": _from(option)} for option in entry.options),
        *({"name": f"LASTMETRE_SERVICES__{name.upper()}", "value": f"http://{name}-api"} for name in entry.asks),
    ]


def _secret_value(secret: SecretValue | KeyFile) -> Manifest:
    if isinstance(secret, KeyFile):
        return {"value": f"{KEYS}/{secret.volume}/{secret.file}"}
    return {"valueFrom": {"secretKeyRef": {"name": secret.secret, "key": "key"}}}


def _from(option: Option) -> Manifest:
    kind = "secretKeyRef" if option.secret else "configMapKeyRef"
    return {kind: {"name": option.source, "key": option.key, "optional": True}}


def _volumes(files: Iterable[KeyFile]) -> list[Manifest]:
    volumes: dict[str, Manifest] = {}
    for one in files:
        volumes[one.volume] = {"name": one.volume} | (
            {"configMap": {"name": one.source, "items": [{"key": one.file, "path": one.file}]}}
            if one.public
            else {"secret": {"secretName": one.source, "defaultMode": 0o440}}
        )
    return list(volumes.values())


def store_users() -> list[Manifest]:
    """Return the patch that gives the store one user a service, for that service's database and log of acts alone."""
    users = [
        {
            "name": name,
            "db": name,
            "passwordSecretRef": {"name": f"lastmetre-mongo-{name}", "key": "password"},
            "roles": [{"name": "readWrite", "db": name}, {"name": entry.log_role, "db": "admin"}],
        }
        for name, entry in SERVICES.items()
    ]
    roles = [
        {
            "role": entry.log_role,
            "db": "admin",
            "privileges": [{"resource": {"db": entry.log_database, "collection": ""}, "actions": list(LOG_ACTIONS)}],
            "roles": [],
        }
        for entry in SERVICES.values()
    ]
    return [
        {
            "apiVersion": "psmdb.percona.com/v1",
            "kind": "PerconaServerMongoDB",
            "metadata": {"name": "lastmetre-mongo"},
            "spec": {"roles": roles, "users": users},
        }
    ]


def egress() -> list[Manifest]:
    """Return a network policy for each service whose worker reaches beyond the cluster."""
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"{entry.name}-egress"},
            "spec": {
                "podSelector": {
                    "matchLabels": {
                        "app.kubernetes.io/name": entry.name,
                        "app.kubernetes.io/component": "worker",
                    }
                },
                "policyTypes": ["Egress"],
                "egress": [
                    {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": port} for port in entry.egress]}
                ],
            },
        }
        for entry in SERVICES.values()
        if entry.egress
    ]


def calls() -> list[Manifest]:
    """Return network policies that let a service ask the public APIs of others, and let these answer it."""
    policies = []
    for entry in SERVICES.values():
        if not entry.asks:
            continue
        asking = {"app.kubernetes.io/name": entry.name, "app.kubernetes.io/component": "api"}
        asked = {
            "matchExpressions": [{"key": "app.kubernetes.io/name", "operator": "In", "values": list(entry.asks)}],
            "matchLabels": {"app.kubernetes.io/component": "api"},
        }
        ports = [{"port": "http"}]
        policies += [
            _policy(f"{entry.name}-asks", {"matchLabels": asking}, "egress", {"to": [{"podSelector": asked}]}, ports),
            _policy(
                f"{entry.name}-is-answered",
                asked,
                "ingress",
                {"from": [{"podSelector": {"matchLabels": asking}}]},
                ports,
            ),
        ]
    return policies


def _policy(name: str, pods: Manifest, direction: str, peers: Manifest, ports: list[Manifest]) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "podSelector": pods,
            "policyTypes": [direction.capitalize()],
            direction: [{**peers, "ports": ports}],
        },
    }


def ingress() -> list[Manifest]:
    """Return what brings requests from outside to the services, with limits before any of them is asked."""
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {
                "name": "lastmetre",
                "annotations": {f"nginx.ingress.kubernetes.io/{name}": value for name, value in _AT_INGRESS.items()},
            },
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": [f"{name}.lastmetre.example" for name in SERVICES], "secretName": "lastmetre-tls"}],
                "rules": [
                    {
                        "host": f"{name}.lastmetre.example",
                        "http": {
                            "paths": [
                                {
                                    "path": "/",
                                    "pathType": "Prefix",
                                    "backend": {"service": {"name": f"{name}-api", "port": {"name": "http"}}},
                                }
                            ]
                        },
                    }
                    for name in SERVICES
                ],
            },
        }
    ]


def workers() -> list[Manifest]:
    """Return a scaled object for each worker: a member beyond the partitions of its largest topic would be idle."""
    partitions = {topic.name: topic.partitions for topic in load_topics()}
    return [
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": f"{traffic.service}-worker"},
            "spec": {
                "scaleTargetRef": {"name": f"{traffic.service}-worker"},
                "maxReplicaCount": max(partitions[topic] for topic in traffic.consumed),
                "triggers": [{"metadata": {"consumerGroup": group}} for group in traffic.groups],
            },
        }
        for traffic in all_traffic()
        if traffic.consumed
    ]
