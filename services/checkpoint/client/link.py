"""The device's connection to the service."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime

import httpx

from services.checkpoint.client.errors import Bilingual, Pair

DEVICE_TIME = "Lastmetre-Device-Time"
LATER = (408, 425, 429, 500, 502, 503, 504)
_RETRY_AFTER_S = 1.0
_NO_SERVICE = (
    "该地址不是卡口服务：请用 --url 填写正确的地址",
    "it is no checkpoint service: name another with --url",
)


class Away(Bilingual):
    """No answer came in time: whether the request arrived is not known."""


class Refused(Bilingual):
    """The service takes nothing from us, whatever it holds: a wrong token, or no checkpoint service at all."""

    def __init__(self, status: int, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
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
        """Return the answer. Raises `Away`, and `Refused` where the server's certificate is not trusted."""
        return self._sent("GET", path, timeout_s, params=dict(asked))

    def post(
        self,
        path: str,
        body: str,
        timeout_s: float,
        kind: str = "application/json",
        device_time: datetime | None = None,
    ) -> httpx.Response:
        """Return the answer; `device_time` replaces the clock's time. Raises as `get`."""
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
            if certificate := _untrusted(error):
                raise Refused(0, "client.certificate", *_distrust(self._client.base_url, certificate)) from None
            kind = type(error).__name__
            raise Away(f"{path} 没有应答（{kind}）", f"{path} was not answered ({kind})") from None


def _untrusted(error: BaseException) -> str:
    """Return why the server's certificate is not trusted; empty for every other error."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, ssl.SSLCertVerificationError):
            return at.verify_message
        at = at.__cause__ or at.__context__
    return ""


def _distrust(url: httpx.URL, why: str) -> Pair:
    return (
        f"{url} 的证书不可信（{why}）：请核对地址和本机日期，并告知管理员",
        f"The certificate of {url} is not trusted ({why}): check the address and this computer's date, tell the office",
    )


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
    chinese, english = _NO_SERVICE
    detail = str(body.get("detail", english))
    return {
        "code": str(body.get("code", response.status_code)),
        "detail": detail,
        "detail_zh": str(body.get("detail_zh", detail if "detail" in body else chinese)),
    }


def refused(response: httpx.Response, what: Pair) -> Refused:
    """Return the refusal as a sentence: `what` the service did not do for us, in Chinese and in English."""
    refusal = problem(response)
    code = refusal["code"]
    address = response.url.copy_with(query=None)
    return Refused(
        response.status_code,
        code,
        f"{address} {what[0]}（{code}）：{refusal['detail_zh']}",
        f"{address} {what[1]} ({code}): {refusal['detail']}",
    )


def is_address(text: str) -> bool:
    """Whether the text is the address of a web server."""
    try:
        address = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return address.scheme in ("http", "https") and bool(address.host)
