"""A client of an OpenID Connect provider in tests: a browser that follows forms, and the exchange of codes."""

import base64
import hashlib
import secrets
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt


class Form(HTMLParser):
    """The first form of a page: where it goes, and its hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")


class Relying:
    """A client: it makes authorization requests and exchanges what comes back."""

    def __init__(self, http: httpx.AsyncClient, issuer: str, client_id: str, secret: str, redirect: str) -> None:
        self.http, self.issuer, self.client_id, self.redirect = http, issuer, client_id, redirect
        self._auth = (client_id, secret)
        self._verifier = ""
        self.nonce, self.state = secrets.token_hex(8), secrets.token_hex(8)
        self.metadata: dict[str, Any] = {}

    async def discover(self) -> dict[str, Any]:
        """Read the provider's metadata."""
        self.metadata = (await self.http.get(f"{self.issuer}/.well-known/openid-configuration")).json()
        return self.metadata

    def query(self, **more: str) -> dict[str, str]:
        """Return the parameters of a new authorization request."""
        self._verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self._verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | more

    async def ask(self, **more: str) -> httpx.Response:
        """Send the browser to the provider with a new authorization request."""
        url = f"{self.metadata['authorization_endpoint']}?{urlencode(self.query(**more))}"
        return await self.http.get(url)

    async def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send the form of a page, with these fields beside the hidden ones."""
        form = Form(page.text)
        return await self.http.post(page.url.join(form.action or str(page.url)), data=form.fields | fields)

    def returned(self, answer: httpx.Response) -> dict[str, str]:
        """Return the parameters with which the provider sent the browser back to the client."""
        location = answer.headers["location"]
        assert location.startswith(self.redirect), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def exchange(self, answer: httpx.Response, **more: str) -> httpx.Response:
        """Exchange the code that an answer carries."""
        given = self.returned(answer)
        assert given.get("state") == self.state, given
        form = {
            "grant_type": "authorization_code",
            "code": given["code"],
            "redirect_uri": self.redirect,
            "code_verifier": self._verifier,
        } | more
        return await self.http.post(self.metadata["token_endpoint"], data=form, auth=self._auth)

    async def refresh(self, token: str) -> httpx.Response:
        """Exchange a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.http.post(self.metadata["token_endpoint"], data=form, auth=self._auth)

    async def identity(self, token: str) -> dict[str, Any]:
        """Return the claims of an ID token, verified by the provider's published keys."""
        keys = jwt.PyJWKSet.from_dict((await self.http.get(self.metadata["jwks_uri"])).json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        algorithms = self.metadata["id_token_signing_alg_values_supported"]
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=algorithms, audience=self.client_id, issuer=self.metadata["issuer"]
        )
        return claims
