"""Reads built manifests as a cluster would: what a container's environment is, which files it has."""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from tests.deploy.kustomize import Manifest

PLACEHOLDER = "0f" * 16  # stands for whatever a Secret holds
_REFERENCE = re.compile(r"\$\((\w+)\)")
_LABEL = re.compile(r"metadata\.labels\['(.+)'\]")


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    """Return the manifests of these kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def named(manifests: Iterable[Manifest], kind: str, name: str) -> Manifest:
    """Return the one manifest of this kind and name."""
    (match,) = (manifest for manifest in of_kind(manifests, kind) if manifest["metadata"]["name"] == name)
    return match


def container_of(deployment: Manifest) -> dict[str, Any]:
    """Return the only container of a Deployment's pods."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


def environment(deployment: Manifest, manifests: Sequence[Manifest]) -> dict[str, str]:
    """Return the environment of a container. Raises `KeyError` for a name that leads nowhere."""
    container = container_of(deployment)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    shared: dict[str, str] = {}
    for source in container.get("envFrom", []):
        shared |= named(manifests, "ConfigMap", source["configMapRef"]["name"])["data"]
    own: dict[str, str] = {}  # $(NAME) stands for an earlier entry of `env` itself, not for one of `envFrom`
    for variable in container.get("env", []):
        value = _value(variable, labels, manifests)
        if value is not None:
            own[variable["name"]] = _REFERENCE.sub(lambda reference: own[reference[1]], value)
    return shared | own


def _value(variable: dict[str, Any], labels: dict[str, str], manifests: Sequence[Manifest]) -> str | None:
    if "value" in variable:
        return str(variable["value"])
    (how, reference), *more = variable["valueFrom"].items()
    assert not more, variable
    if how == "fieldRef":
        (label,) = _LABEL.findall(reference["fieldPath"])
        return labels[label]
    if reference.get("optional"):
        return None
    if how == "secretKeyRef":
        return PLACEHOLDER
    return str(named(manifests, "ConfigMap", reference["name"])["data"][reference["key"]])


def files(deployment: Manifest) -> set[PurePosixPath]:
    """Return the files that the pod's volumes say they hold; a whole Secret holds whatever it is asked for."""
    paths: set[PurePosixPath] = set()
    volumes = {volume["name"]: volume for volume in deployment["spec"]["template"]["spec"]["volumes"]}
    for mount in container_of(deployment)["volumeMounts"]:
        at = PurePosixPath(mount["mountPath"])
        paths |= {at / path for source in _sources(volumes[mount["name"]]) for path in _paths(source)}
    return paths


def _sources(volume: dict[str, Any]) -> list[dict[str, Any]]:
    if "projected" in volume:
        return [body for source in volume["projected"]["sources"] for body in source.values()]
    return [volume[how] for how in ("secret", "configMap") if how in volume]


def _paths(source: dict[str, Any]) -> list[str]:
    return [item["path"] for item in source.get("items", [{"path": "*"}])]


def references(deployment: Manifest) -> set[tuple[str, str]]:
    """Return every Secret and ConfigMap that a pod names, as kind and name."""
    names = set()
    for variable in container_of(deployment).get("env", []):
        for how, reference in variable.get("valueFrom", {}).items():
            if how in ("secretKeyRef", "configMapKeyRef"):
                names.add(("Secret" if how == "secretKeyRef" else "ConfigMap", reference["name"]))
    for volume in deployment["spec"]["template"]["spec"]["volumes"]:
        for source in volume["projected"]["sources"] if "projected" in volume else [volume]:
            if secret := source.get("secret"):
                names.add(("Secret", secret.get("secretName") or secret["name"]))
            if config := source.get("configMap"):
                names.add(("ConfigMap", config["name"]))
    return names
