"""The OpenAPI documents are ones to write a client by: names, roles, and examples that the services would take."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator

from deploy.services import SERVICES
from shared.base.descriptions import LONGEST_SUMMARY
from tests.access.table import ANYONE, OPERATIONS, ROUTES
from tests.documents.record import _application

Json = dict[str, Any]


class Service(NamedTuple):
    name: str
    app: FastAPI
    document: Json

    def operations(self) -> Iterator[tuple[str, Json]]:
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                yield f"{method.upper()} {path}", operation


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Service:
    app = _application(request.param, tmp_path_factory.mktemp("keys"))
    return Service(request.param, app, app.openapi())


def test_every_operation_has_a_method_name_and_a_summary_of_its_own(service: Service) -> None:
    names, summaries = [], []
    for where, operation in service.operations():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), where
        assert 8 < len(operation["summary"]) <= LONGEST_SUMMARY, where
        assert not re.search(r"\bR\d", operation["summary"] + operation["description"]), where
        names.append(operation["operationId"])
        summaries.append(operation["summary"])
    assert len(set(names)) == len(names)
    assert len(set(summaries)) == len(summaries)


def test_a_document_has_a_licence_a_server_and_a_description_of_each_tag(service: Service) -> None:
    assert service.document["info"]["license"]["identifier"] == "Apache-2.0"
    assert service.document["servers"][0]["url"] == "/"
    used = {tag for _, operation in service.operations() for tag in operation["tags"]}
    assert {tag["name"]: bool(tag["description"]) for tag in service.document["tags"]} == dict.fromkeys(used, True)


def test_each_operation_names_the_roles_that_it_lets_pass(service: Service) -> None:
    for where, operation in service.operations():
        allowed = (OPERATIONS | ROUTES[service.name])[where]
        needs_token = None not in allowed
        assert bool(operation["security"]) is needs_token, where
        if needs_token:
            assert sorted(allowed) == sorted(operation["x-roles"] or ANYONE), where


def _examples(operation: Json) -> Iterator[tuple[str, str, Json]]:
    contents = {"body": operation.get("requestBody", {}).get("content", {})}
    contents |= {status: answer.get("content", {}) for status, answer in operation["responses"].items()}
    for part, kinds in contents.items():
        yield from ((part, kind, content) for kind, content in kinds.items() if "json" in kind)


def test_bodies_answers_and_problems_have_examples_that_are_valid(service: Service) -> None:
    wrong = []
    for where, operation in service.operations():
        for part, kind, content in _examples(operation):
            if kind == "application/x-ndjson":
                continue
            validator = Draft202012Validator(content["schema"] | {"components": service.document["components"]})
            wrong += [f"{where} {part}: {error.message}" for error in validator.iter_errors(content["example"])]
    assert wrong == []


def test_the_example_of_a_body_is_one_that_the_service_takes(service: Service) -> None:
    bodies = {
        where: operation["requestBody"]["content"]["application/json"]["example"]
        for where, operation in service.operations()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    wrong = []
    for route in service.app.routes:
        if not isinstance(route, APIRoute) or route.body_field is None:
            continue
        for method in route.methods:
            if (example := bodies.get(f"{method} {route.path_format}")) is not None:
                _, errors = route.body_field.validate(json.loads(json.dumps(example)), loc=("body",))
                wrong += [f"{method} {route.path_format}: {errors}"] if errors else []
    assert wrong == []


def test_a_new_route_without_a_description_is_refused(tmp_path: Path) -> None:
    app = _application("supply", tmp_path)

    async def bare() -> None: ...

    app.get("/v1/bare", tags=["supply"])(bare)
    with pytest.raises(KeyError, match="description"):
        app.openapi()
