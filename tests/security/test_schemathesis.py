"""Requests that Schemathesis makes of each service's OpenAPI document, by a fixed seed: none is an error of ours.

EXAMPLES=50 tries more of each operation than `make test` does.
"""

import importlib
import json
import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from deploy.services import SERVICES
from shared.web.access import Role
from tests.conftest import MakeService
from tests.support.service import AREA

SEED, EXAMPLES = 1, int(os.environ.get("EXAMPLES", "2"))
URL = "http://service"
FIXED = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def cases_of(document: dict[str, Any]) -> list[schemathesis.Case]:
    """Return requests for every operation of a document."""
    made: list[schemathesis.Case] = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        if not operation.path.startswith("/health/"):
            seed(SEED)(FIXED(given(case=operation.as_strategy())(_keep(made))))()
    return made


def _keep(made: list[schemathesis.Case]) -> Any:
    def keep(case: schemathesis.Case) -> None:
        made.append(case)

    return keep


def request_of(client: httpx.AsyncClient, case: schemathesis.Case) -> httpx.Request:
    """Return a case as a request of the client, with the client's token."""
    parts = case.as_transport_kwargs(base_url=URL)
    headers = {name: value.encode("latin-1", "replace") for name, value in parts["headers"].items()}
    headers.pop("Authorization", None)
    body: dict[str, Any] = {name: parts[name] for name in ("files",) if parts.get(name)}
    if "json" in parts:
        body = {"content": json.dumps(parts["json"]).encode()}
    elif isinstance(parts.get("data"), bytes | str):
        body = {"content": parts["data"]}
    return client.build_request(parts["method"], parts["url"], params=parts.get("params"), headers=headers, **body)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", list(SERVICES))
async def test_no_request_that_the_document_allows_is_an_error_of_ours(service: MakeService, name: str) -> None:
    main, parts = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, parts.Settings)
    made.feed_replicas()
    cases = cases_of(made.app.openapi())
    operations = {(case.method, case.path) for case in cases}
    assert len(operations) > len(made.app.openapi()["paths"]) / 2
    wrong = []
    async with made.client(*Role, area=AREA, subject="person", gate="gate-1") as client:
        for case in cases:
            answer = await client.send(request_of(client, case))
            if answer.status_code >= 500:
                wrong.append(f"{answer.status_code} {case.as_curl_command()} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
