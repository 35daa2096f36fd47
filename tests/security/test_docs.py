"""`/docs` loads nothing from a foreign host, and a browser would load nothing else either."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from deploy.services import SERVICES
from tests.documents.record import _application

ELSEWHERE = re.compile(r"""(?:src|href|url)\s*[=:]\s*["']?\s*(?:https?:)?//""")


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FastAPI]:
    """Every service's application."""
    keys: Path = tmp_path_factory.mktemp("keys")
    return {name: _application(name, keys) for name in SERVICES}


@pytest.mark.parametrize("name", SERVICES)
async def test_the_page_and_all_that_it_names_come_from_the_service(
    applications: dict[str, FastAPI], name: str
) -> None:
    transport = httpx.ASGITransport(applications[name])
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        page = await client.get("/docs")
        assert page.status_code == 200
        assert not ELSEWHERE.search(page.text)
        named = re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text)
        assert len(named) == 3
        for file in named:
            answer = await client.get(f"/{file}")
            assert (answer.status_code, bool(answer.content)) == (200, True), file
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert "openapi.json" in (await client.get("/docs/begin.js")).text
        assert (await client.get("/openapi.json")).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/docs/begin.js", "/docs/swagger-ui-bundle.js"])
async def test_a_browser_may_load_nothing_from_elsewhere(applications: dict[str, FastAPI], path: str) -> None:
    transport = httpx.ASGITransport(applications["supply"])
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        policy = (await client.get(path)).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert not re.search(r"https?:|\*|unsafe-eval", policy)


@pytest.mark.parametrize("path", ["/redoc", "/docs/oauth2-redirect", "/docs/core.py", "/docs/..%2fcore.py"])
async def test_nothing_else_is_there(applications: dict[str, FastAPI], path: str) -> None:
    transport = httpx.ASGITransport(applications["supply"])
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        assert (await client.get(path)).status_code == 404
