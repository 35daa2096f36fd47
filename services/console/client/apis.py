"""The services' public APIs, asked with the user's own token: the console has no rights of its own."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from services.console.client.authorities import authorities
from shared.base.errors import DomainError
from shared.base.json_types import Json
from shared.base.logs import correlation_id
from shared.web.break_glass import HEADER as BREAK_GLASS

# HTTPX's transport looks for it at every step of a request; where it is not installed, that takes a tenth of the
# processor's time of a page.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

DEADLINE_S = 8.0
KEPT_CONNECTIONS = 10  # of each service: each request looks at all of them
LONG_S = 120.0  # a roster
SILENT_S = 40.0  # events: a sign of life comes each 15 s
REVOKED = "access.revoked"
_OVER = frozenset({REVOKED, "access.token_expired", "access.token_invalid", "access.token_incomplete"})
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')

V = TypeVar("V", bound=BaseModel)
Value = str | int | bool | None  # of a parameter in an address


class Content(TypedDict, total=False):
    """What a request carries: parameters of its address, a body in JSON, or files with their names."""

    params: Mapping[str, Value] | httpx.QueryParams
    json: object
    files: Mapping[str, tuple[str, bytes]]
    data: Mapping[str, str]


class ApiAway(DomainError):
    """A service does not answer in time, or is not configured."""

    status = 503

    def __init__(self, service: str) -> None:
        super().__init__("console.service_away", f"{service} does not answer")
        self.service = service


class ApiRefused(DomainError):
    """A service refused; `detail` is in the user's language as far as the service has it."""

    def __init__(self, service: str, status: int, code: str, detail: str, **more: object) -> None:
        super().__init__(code, detail, **more)
        self.service = service
        self.status = status


class SignedOut(DomainError):
    """The session's token counts no longer: it expired, or its person's access was revoked."""

    status = 401

    def __init__(self, code: str) -> None:
        super().__init__(code, "Sign in again")


class StepUpNeeded(DomainError):
    """A service asks for a fresh sign-in or a second factor (RFC 9470)."""

    status = 401

    def __init__(self, wanted: Mapping[str, str]) -> None:
        super().__init__("console.step_up", "Sign in again to confirm who you are")
        self.wanted = dict(wanted)


class Apis:
    """HTTP clients of the services, shared by all requests of the process."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=KEPT_CONNECTIONS)
        self._clients = {
            name: httpx.AsyncClient(
                timeout=DEADLINE_S, limits=limits, trust_env=False, follow_redirects=False, verify=authorities()
            )
            for name in addresses
        }

    @property
    def names(self) -> list[str]:
        """The names of the services that are configured."""
        return list(self._addresses)

    def address(self, service: str) -> str:
        """Return the address of a service. Raises `ApiAway` where the settings have none."""
        if service not in self._addresses:
            raise ApiAway(service)
        return self._addresses[service].rstrip("/")

    def caller(self, token: str, language: str, glass_id: str = "") -> "Caller":
        """Return what asks with the token of one person, in the person's language; what it reads, by break-glass."""
        return Caller(self, token, language, glass_id)

    def client(self, service: str) -> httpx.AsyncClient:
        """Return the client of a service. Raises `ApiAway` where the settings have no such service."""
        if service not in self._clients:
            raise ApiAway(service)
        return self._clients[service]

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()


class Caller:
    """Asks the services for one person."""

    def __init__(self, apis: Apis, token: str, language: str, glass_id: str = "") -> None:
        self._apis = apis
        self._glass_id = glass_id
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}

    async def get(
        self, service: str, path: str, kind: type[V], within_s: float = DEADLINE_S, purpose: Value = "", **params: Value
    ) -> V:
        """Return what a route answers. Raises what `send` does."""
        wanted = {name: value for name, value in params.items() if value not in (None, "")}
        return _read(service, kind, await self.send("GET", service, path, within_s, str(purpose or ""), params=wanted))

    async def get_by(
        self, service: str, path: str, kind: type[V], asked: Iterable[tuple[str, Value]], within_s: float = DEADLINE_S
    ) -> V:
        """Return what a route answers to parameters, of which one may come several times. Raises what `send` does."""
        wanted = httpx.QueryParams([(name, value) for name, value in asked if value not in (None, "")])
        return _read(service, kind, await self.send("GET", service, path, within_s, params=wanted))

    async def post(self, service: str, path: str, kind: type[V], body: object = None, purpose: str = "") -> V:
        """Return what a route answers to a body. Raises what `send` does."""
        return _read(service, kind, await self.send("POST", service, path, purpose=purpose, json=body))

    async def put(self, service: str, path: str, kind: type[V], body: object) -> V:
        """Return what a route answers to a body that replaces what was there. Raises what `send` does."""
        return _read(service, kind, await self.send("PUT", service, path, json=body))

    async def look_up(self, service: str, path: str, kind: type[V], body: object) -> V:
        """Return what a route answers that reads by a body, in the area that is open by break-glass too.

        Raises what `send` does.
        """
        return _read(service, kind, await self.send("POST", service, path, reads=True, json=body))

    async def upload(
        self,
        service: str,
        path: str,
        kind: type[V],
        name: str,
        content: bytes,
        fields: Mapping[str, str] = MappingProxyType({}),
    ) -> V:
        """Return what a route answers to a file, with fields of the form beside it. Raises what `send` does."""
        sent: Content = {
            "files": {"file": (name, content)},
            "data": {key: text for key, text in fields.items() if text},
        }
        return _read(service, kind, await self.send("POST", service, path, LONG_S, **sent))

    async def follow(self, service: str, path: str, last_event: str = "") -> AsyncIterator[bytes]:
        """Yield the server-sent events of a route as they come; none where there is nothing more. Raises as `send`."""
        async for piece in self._stream("GET", service, path, SILENT_S, {"Last-Event-ID": last_event}):
            yield piece

    async def take(self, service: str, path: str, body: object, purpose: str = "") -> AsyncIterator[bytes]:
        """Yield the file that a route answers to a body, in pieces. Raises what `send` does, before the first piece."""
        headers = {"Lastmetre-Purpose": quote(purpose)}
        async for piece in self._stream("POST", service, path, LONG_S, headers, json=body):
            yield piece

    async def _stream(
        self,
        method: str,
        service: str,
        path: str,
        silent_s: float,
        headers: Mapping[str, str],
        **content: Unpack[Content],
    ) -> AsyncIterator[bytes]:
        sent = {**self._headers, "X-Correlation-Id": correlation_id.get() or "", **headers}
        asked = {name: text for name, text in sent.items() if text}
        client, url = self._apis.client(service), self._apis.address(service) + path
        try:
            async with client.stream(method, url, headers=asked, timeout=silent_s, **content) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise _refusal(service, answer)
                async for piece in answer.aiter_bytes():
                    yield piece
        except httpx.HTTPError:
            raise ApiAway(service) from None

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        within_s: float = DEADLINE_S,
        purpose: str = "",
        reads: bool = False,
        reason: str = "",
        **content: Unpack[Content],
    ) -> httpx.Response:
        """Send a request and return its answer; it `reads` as a GET request does, or a POST that is declared so.

        `purpose` and `reason` go into headers, so that no address holds them.

        Raises `ApiAway`, `ApiRefused`, `SignedOut` where the token counts no longer, and `StepUpNeeded`.
        """
        headers = self._headers | {"X-Correlation-Id": correlation_id.get() or ""}
        if self._glass_id and (reads or method == "GET"):
            headers[BREAK_GLASS] = self._glass_id
        if purpose:
            headers["Lastmetre-Purpose"] = quote(purpose)
        if reason:
            headers["Lastmetre-Reason"] = quote(reason)
        url = self._apis.address(service) + path
        try:
            async with asyncio.timeout(within_s):
                answer = await self._apis.client(service).request(
                    method, url, headers={k: v for k, v in headers.items() if v}, timeout=within_s, **content
                )
        except (httpx.HTTPError, TimeoutError):
            raise ApiAway(service) from None
        if answer.is_success:
            return answer
        raise _refusal(service, answer)


def _read(service: str, kind: type[V], answer: httpx.Response) -> V:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as error:
        raise ApiRefused(service, 502, "console.unreadable", f"{service}: {error.error_count()} fields") from error


def _refusal(service: str, answer: httpx.Response) -> DomainError:
    """Return the error that an answer of a service stands for."""
    challenge = answer.headers.get("www-authenticate", "")
    parameters = dict(_PARAMETER.findall(challenge))
    if parameters.get("error") == "insufficient_user_authentication":
        return StepUpNeeded({name: parameters[name] for name in ("acr_values", "max_age") if name in parameters})
    problem = _problem(answer)
    code = str(problem.pop("code", f"http.{answer.status_code}"))
    if answer.status_code == 401 or code in _OVER:
        return SignedOut(code)
    if answer.status_code in (502, 503, 504):
        return ApiAway(service)
    detail = str(problem.get("detail", answer.reason_phrase))
    more = {name: problem[name] for name in ("errors", "correlation_id") if name in problem}
    return ApiRefused(service, answer.status_code, code, detail, **more)


def _problem(answer: httpx.Response) -> Json:
    try:
        read = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return read if isinstance(read, dict) else {}
