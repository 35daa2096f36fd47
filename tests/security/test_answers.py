"""What every answer of every service carries, whatever became of the request."""

import importlib

import httpx
import pytest

from deploy.launcher.secrets.issuer import Issuer
from deploy.services import SERVICES
from shared.web.access import Role
from tests.access.calling import operations
from tests.conftest import MakeService
from tests.security.serving import serving


def are_safe(answer: httpx.Response) -> bool:
    """Whether no cache keeps an answer and no browser guesses its type."""
    headers = answer.headers
    return headers.get_list("cache-control") == ["no-store"] and headers.get_list("x-content-type-options") == [
        "nosniff"
    ]


@pytest.mark.parametrize("name", list(SERVICES))
async def test_every_route_answers_so_that_no_cache_keeps_it(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    asked = [*operations(made.app), "GET /nowhere", "GET /docs", "GET /openapi.json", "GET /gate", "TRACE /v1/cases"]
    for roles in ((), (Role.CITY,)):
        async with made.client(*roles, area="/") as client:
            for operation in asked:
                method, _, path = operation.partition(" ")
                answer = await client.request(method, path, content=b"{" if method != "GET" else None)
                assert are_safe(answer), f"{operation} {answer.status_code}"


async def test_the_connection_itself_answers_so_too(issuer: Issuer) -> None:
    async with serving(issuer) as served:
        for sent in (b"no http at all\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * (1 << 17)):
            reader, _ = await served.connect(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n" in head
