"""Limits at the ingress, before any service is asked."""

from typing import Any

import yaml

from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from services.registration.main import ROSTER_BYTES

PREFIX = "nginx.ingress.kubernetes.io/"


def the_ingress() -> Any:
    """Return the one way in from outside."""
    return yaml.safe_load((ROOT / "k8s/components/ingress/routes.yaml").read_text(encoding="utf-8"))


def test_every_service_is_reached_through_its_api_alone() -> None:
    rules = the_ingress()["spec"]["rules"]
    backends = [path["backend"]["service"] for rule in rules for path in rule["http"]["paths"]]
    assert backends == [{"name": f"{name}-api", "port": {"name": "http"}} for name in SERVICES]


def test_an_address_has_limits_and_a_body_is_whole_before_a_service_has_it() -> None:
    limits = {name.removeprefix(PREFIX): value for name, value in the_ingress()["metadata"]["annotations"].items()}
    assert int(limits["limit-connections"]) <= 100
    assert int(limits["limit-rps"]) > 0
    assert limits["proxy-request-buffering"] == "on"
    assert int(limits["proxy-body-size"].removesuffix("m")) << 20 == ROSTER_BYTES
