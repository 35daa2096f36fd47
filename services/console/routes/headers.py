"""The headers of every page: what a browser may load, send and frame."""

from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.settings import Settings


def add_headers(app: FastAPI, settings: Settings) -> None:
    """Let every answer carry them."""
    app.add_middleware(_Headers, headers=headers_of(settings))


def headers_of(settings: Settings) -> dict[str, str]:
    """Return the headers. A form may lead to the provider: after it a browser signs in again, or out."""
    provider = urlsplit(settings.oidc_issuer)
    forms = f"'self' {provider.scheme}://{provider.netloc}" if provider.netloc else "'self'"
    made = {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'",
        # Not `no-referrer`: a browser would then hide the origin of forms, by which a forged one is refused.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    if settings.is_secure:
        made["Strict-Transport-Security"] = "max-age=31536000"
    return made


class _Headers:
    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)
