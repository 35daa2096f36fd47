"""Each service's README is true: it names every route, with what OpenAPI says of it, and every event published."""

from typing import Any

import pytest

from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from shared.envelope.event import contracts_of


def _handbook(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")


def _routes(document: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        if path.startswith("/v1/")
        for method, operation in operations.items()
    }


def test_a_handbook_names_every_route_and_openapi_says_what_it_answers(served: dict[str, Any]) -> None:
    for service in SERVICES:
        routes = _routes(served[f"{service}.openapi.json"])
        assert routes, service
        for name, operation in routes.items():
            where = f"{service}: {name}"
            assert f"`{name}`" in _handbook(service) or f"`{name}?" in _handbook(service), where
            assert operation["summary"], where
            assert operation["description"], where
            assert "application/problem+json" in operation["responses"]["4XX"]["content"], where
            assert "422" not in operation["responses"], where
            answers = {status: one for status, one in operation["responses"].items() if status.startswith("2")}
            assert answers, where
            for status, answer in answers.items():
                kinds = answer.get("content", {})
                assert all(kind != "application/json" or one.get("schema") for kind, one in kinds.items()), where
                assert bool(kinds) is (status != "204"), where


@pytest.mark.parametrize("service", SERVICES)
def test_a_handbook_names_every_event_that_is_published(service: str) -> None:
    published = [contract for contract in contracts_of(service) if not contract.retired]
    assert [contract.__name__ for contract in published if contract.__name__ not in _handbook(service)] == []
