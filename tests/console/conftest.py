"""The console inside a test: its application, a provider on this machine, and services that answer as the test says."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from jinja2 import Environment

from deploy.launcher.processes.child import free_port
from deploy.launcher.secrets.issuer import Issuer
from services.console import main
from services.console.settings import Settings
from services.console.showing.pages import Pages
from services.console.showing.texts import LANGUAGES
from tests.conftest import MakeService
from tests.console.provider import Serving, SmallProvider
from tests.support.http import http_client
from tests.support.service import ServiceUnderTest

URL = "http://127.0.0.1:8008"


@cache
def _environments(zone: ZoneInfo, static: tuple[tuple[str, str], ...]) -> dict[str, Environment]:
    return {language: Pages(zone, dict(static))._environment(language) for language in LANGUAGES}


# Each test has a console of its own, and to compile the templates for it takes longer than what most tests do.
Pages._environments = property(  # type: ignore[assignment]
    lambda pages: _environments(pages._zone, tuple(sorted(pages._static.items())))
)
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def provider(issuer: Issuer) -> Iterator[SmallProvider]:
    """A provider that signs every browser in as `provider.person`."""
    made = SmallProvider(issuer, free_port())
    serving = Serving(made.app(), made.port)
    serving.start()
    yield made
    serving.end()


@dataclass
class Services:
    """The services behind the console: what they answer by method and path, and what they were asked."""

    answers: dict[str, Answer | Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as the test says; what it names nothing for is an empty list."""
        self.asked.append(request)
        answer = self.answers.get(f"{request.method} {request.url.path}")
        if callable(answer):
            return answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json=answer if answer is not None else {"items": [], "next": None})


def refusal(status: int, code: str, detail: str = "refused", **more: Any) -> httpx.Response:
    """Return a problem detail as services send it."""
    headers = more.pop("headers", {})
    body = json.dumps({"code": code, "detail": detail, "status": status} | more)
    return httpx.Response(status, content=body, headers={"content-type": "application/problem+json"} | headers)


class Console:
    """The console's application, and browsers that use it."""

    def __init__(self, made: ServiceUnderTest, provider: SmallProvider, services: Services) -> None:
        self.made = made
        self.provider = provider
        self.services = services

    def browser(self, language: str = "zh") -> "Browser":
        """Return a browser without cookies."""
        transport = httpx.ASGITransport(self.made.app, raise_app_exceptions=False)
        headers = {"Accept": "text/html", "Accept-Language": language}
        return Browser(self, httpx.AsyncClient(transport=transport, base_url=URL, headers=headers, trust_env=False))


class Browser:
    """A browser: it follows redirects, to the provider too, and sends forms with what their page holds."""

    def __init__(self, console: Console, client: httpx.AsyncClient) -> None:
        self.console = console
        self.client = client

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """Follow redirects until a page comes."""
        for _ in range(8):
            if answer.status_code not in (302, 303):
                return answer
            target = str(answer.url.join(answer.headers["location"]))
            if target.startswith(URL):
                parts = urlsplit(target)
                answer = await self.client.get(parts.path + (f"?{parts.query}" if parts.query else ""))
            else:
                async with http_client() as outside:
                    answer = await outside.get(target)
        raise AssertionError("the browser is sent around in a circle")

    async def open(self, path: str) -> httpx.Response:
        """Open a page, signing in on the way where that is asked for."""
        return await self.follow(await self.client.get(path))

    async def signed_in(self) -> "Browser":
        """Sign in."""
        page = await self.open("/")
        assert page.status_code == 200, page.text
        return self

    async def token(self) -> str:
        """Return what forms of this session carry."""
        match = re.search(r'data-csrf="(\w+)"', (await self.client.get("/orders/new")).text)
        assert match
        return match[1]

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form as the console's page would; redirects are not followed."""
        data = {"csrf": await self.token()} | fields
        return await self.client.post(path, data=data, headers={"Origin": URL})


@pytest_asyncio.fixture
async def console(
    service: MakeService, provider: SmallProvider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Console]:
    """A console whose services answer as `console.services.answers` says."""
    monkeypatch.setenv("LASTMETRE_OIDC_ISSUER", provider.url)
    monkeypatch.setenv("LASTMETRE_PUBLIC_URL", URL)
    for name in ("registration", "isolation", "checkpoint", "supply", "notification"):
        monkeypatch.setenv(f"LASTMETRE_SERVICES__{name.upper()}", f"http://{name}")
    made = await service(main.build, Settings)
    services = Services()
    apis = made.deps.apis
    await apis.close()
    apis._clients = dict.fromkeys(apis.names, httpx.AsyncClient(transport=httpx.MockTransport(services)))
    yield Console(made, provider, services)
    await apis.close()
