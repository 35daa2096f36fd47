"""Requests of our commands to services: repeated while a service is away or busy, then given up in one sentence.

Every write of the services has an id that its caller chooses, so a repeated request has no second effect.
"""

import time
from collections.abc import Callable
from typing import Any, Self

import httpx

from deploy.launcher.errors import ServerUnreachable, ServicesNotReady
from services.checkpoint.client.link import retry_after_s
from services.checkpoint.client.posting import Pause
from shared.base.terminal import text

PATIENCE_S = 60.0
ATTEMPT_S = 30.0
SILENT_S = 3.0
LATER = (408, 425, 429, 502, 503, 504)


class Refusal(ServicesNotReady):
    """A service refused a request for good; `status`, `code` and `detail` are those of its answer."""

    def __init__(self, service: str, request: str, response: httpx.Response) -> None:
        self.status = response.status_code
        self.code, self.detail = _problem(response)
        super().__init__(f"{service} refused {request} ({self.code or self.status}): {self.detail}")


class ServiceClient:
    """A client for services: it waits for one that is away, for up to `patience_s` from the first failure.

    It waits as `Retry-After` says and a random time more. `say` gets one sentence when a request waits for long.
    """

    def __init__(
        self,
        patience_s: float = PATIENCE_S,
        attempt_s: float = ATTEMPT_S,
        say: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience_s = patience_s
        self._say = say
        self._sleep = sleep
        self._announced: set[str] = set()  # services for which threads wait
        self._client = httpx.Client(timeout=attempt_s, trust_env=False, headers={"Accept-Language": text("zh", "en")})

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, service: str, method: str, url: str, token: str = "", **content: Any) -> Any:
        """Return the JSON of the answer, None without content; `content` is that of an `httpx.Request`.

        Raises `Refusal`, and `ServerUnreachable` when no answer has come for `patience_s`.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = self._client.build_request(method, url, headers=headers, **content)
        request.read()  # so that it can be sent again
        response = self._answer(service, request)
        if response.is_error:
            raise Refusal(service, _named(request), response)
        try:
            return response.json() if response.content else None
        except ValueError:
            raise ServicesNotReady(f"{service} answered {_named(request)} with something else than JSON") from None

    def _answer(self, service: str, request: httpx.Request) -> httpx.Response:
        """Return an answer that is not 'later'. Raises `ServerUnreachable`."""
        pause, failed_at = Pause(), 0.0
        while True:
            asked_s = 0.0
            try:
                response = self._client.send(request)
                if response.status_code not in LATER:
                    self._announced.discard(service)
                    return response
                asked_s, why = retry_after_s(response), f"it is busy, status {response.status_code}"
            except httpx.TransportError as error:
                why = _reason(error)
            now = time.monotonic()
            failed_at = failed_at or now
            left = failed_at + self._patience_s - now
            if left <= 0:
                raise ServerUnreachable(
                    f"{service} at {request.url.scheme}://{request.url.netloc.decode()} has not answered "
                    f"{_named(request)} for {self._patience_s:.0f} s ({why}): "
                    "look at 'lastmetre status' and its log, then repeat the command"
                )
            if self._say is not None and service not in self._announced and now - failed_at >= SILENT_S:
                self._announced.add(service)
                self._say(f"{service} does not answer ({why}): waiting for up to {self._patience_s:.0f} s")
            self._sleep(min(left, pause.next_s(asked_s)))


def _named(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path}"


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "no answer in time" if isinstance(error, httpx.TimeoutException) else "the connection broke"


def _problem(response: httpx.Response) -> tuple[str, str]:
    """Return code and detail of a problem, and what there is of another answer."""
    try:
        body = dict(response.json())
    except (ValueError, TypeError):
        body = {}
    return str(body.get("code", "")), str(body.get("detail") or f"status {response.status_code}")
