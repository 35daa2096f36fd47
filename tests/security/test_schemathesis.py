"""Requests that Schemathesis makes of each service's OpenAPI document, by a fixed seed: none is an error of ours.

EXAMPLES=50 tries more of each operation than `make test` does.
"""

import importlib

import pytest

from deploy.services import SERVICES
from shared.web.access import Role
from tests.conftest import MakeService
from tests.support.service import AREA


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", [name for name in SERVICES if name != "console"])  # its pages are in no document
async def test_no_request_that_the_document_allows_is_an_error_of_ours(service: MakeService, name: str) -> None:
    from tests.security.schema_cases import cases_of, request_of

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
