"""The device's connection to the service."""

from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

DEVICE_TIME = "Lastmetre-Device-Time"
LATER = (408, 425, 429, 500, 502, 503, 504)
_RETRY_AFTER_S = 1.0


class Away(Exception):
    """No answer came in time: whether the request arrived is not known."""


class Refused(Exception):
    """The service takes nothing from us, whatever it holds: a wrong token, or no checkpoint service at all."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Link:
    """Requests with the device's token, which may be replaced at any time.

    With `clock` each request says what the device's clock says, so that the service corrects what is wrong by it.
    """

    def __init__(self, url: str, token: str = "", clock: Callable[[], datetime] | None = None) -> None:
        self.token = token
        self._clock = clock
        self._client = httpx.Client(base_url=url, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, asked: Mapping[str, str], timeout_s: float) -> httpx.Response:
        """Return the answer. Raises `Away`."""
        return self._sent("GET", path, timeout_s, params=dict(asked))

    def post(
        self,
        path: str,
        body: str,
        timeout_s: float,
        kind: str = "application/json",
        device_time: datetime | None = None,
    ) -> httpx.Response:
        """Return the answer; `device_time` replaces the clock's time. Raises `Away`."""
        return self._sent("POST", path, timeout_s, content=body, kind=kind, device_time=device_time)

    def _sent(
        self,
        method: str,
        path: str,
        timeout_s: float,
        *,
        params: dict[str, str] | None = None,
        content: str | None = None,
        kind: str = "",
        device_time: datetime | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        at = device_time or (self._clock() if self._clock else None)
        headers |= {DEVICE_TIME: at.isoformat()} if at else {}
        headers |= {"Content-Type": kind} if kind else {}
        try:
            return self._client.request(
                method, path, params=params, content=content, headers=headers, timeout=timeout_s
            )
        except httpx.TransportError as error:
            raise Away(f"{path} was not answered ({type(error).__name__})") from None


def retry_after_s(response: httpx.Response) -> float:
    """Return how long the service asks us to wait."""
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else _RETRY_AFTER_S


def problem(response: httpx.Response) -> dict[str, str]:
    """Return code and detail of a refusal, by the service or by another server at its address."""
    try:
        body = dict(response.json())
    except (ValueError, TypeError):
        body = {}
    no_service = "it is no checkpoint service: name another with --url"
    return {"code": str(body.get("code", response.status_code)), "detail": str(body.get("detail", no_service))}


def refused(response: httpx.Response, what: str) -> Refused:
    """Return the refusal as a sentence: `what` the service did not do for us."""
    refusal = problem(response)
    return Refused(
        response.status_code, refusal["code"], f"{response.url} {what} ({refusal['code']}): {refusal['detail']}"
    )


def is_address(text: str) -> bool:
    """Whether the text is the address of a web server."""
    try:
        address = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return address.scheme in ("http", "https") and bool(address.host)
