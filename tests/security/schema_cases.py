"""Requests that Schemathesis makes of an OpenAPI document, by a fixed seed.

Of the tests, `test_schemathesis.py` imports this module when it runs: the import costs each worker a second.
"""

import json
import os
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

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
