"""A small OpenID Connect provider for tests: every sign-in succeeds at once, as the person whom the test names."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse

from deploy.launcher.processes.child import HOST
from deploy.launcher.secrets.issuer import Issuer
from shared.web.tokens import public_jwk

CLIENT = "lastmetre-console"


@dataclass
class Person:
    """Who signs in next, and for how many seconds the tokens count."""

    subject: str
    roles: tuple[str, ...] = ("community",)
    area: str = "/jinhe/hedong/chunhua/c01"
    name: str = "刘晓燕"
    life_s: int = 3600


@dataclass
class SmallProvider:
    """The provider's state: who signs in, and what it was asked."""

    issuer: Issuer
    port: int
    person: Person = field(default_factory=lambda: Person("office-liu"))
    asked: list[dict[str, str]] = field(default_factory=list)
    renewals: int = 0
    renews: bool = True
    wrong: dict[str, Any] = field(default_factory=dict)  # claims of the id_token that a test falsifies
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def url(self) -> str:
        """Its address, which is its name as an issuer."""
        return f"http://{HOST}:{self.port}"

    def metadata(self) -> dict[str, Any]:
        """What it publishes about itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/end",
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Sign the person in; return where the browser goes."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Return the tokens for a code or a refresh token; None where they are refused."""
        if form["grant_type"] == "refresh_token":
            self.renewals += 1
            return self._tokens("") if self.renews else None
        query = self._codes.pop(form["code"], None)
        if query is None:
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if challenge.rstrip(b"=").decode() != query["code_challenge"]:
            return None
        return self._tokens(query["nonce"])

    def _tokens(self, nonce: str) -> dict[str, Any]:
        person, now = self.person, int(time.time())
        access = self.issuer.mint(
            *person.roles, area=person.area, subject=person.subject, hours=max(person.life_s, 60) / 3600
        )
        claims = {"iss": self.url, "sub": person.subject, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": nonce, "name": person.name} | self.wrong
        public = public_jwk(self._key)
        identity = jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": public["kid"]})
        tokens = {"access_token": access, "token_type": "Bearer", "expires_in": person.life_s}
        return tokens | {"refresh_token": secrets.token_urlsafe(16), "id_token": identity}

    def app(self) -> FastAPI:
        """Return it as an application."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        async def metadata() -> dict[str, Any]:
            return self.metadata()

        @app.get("/jwks")
        async def jwks() -> dict[str, Any]:
            return {"keys": [public_jwk(self._key)]}

        @app.get("/authorize")
        async def authorize(request: Request) -> RedirectResponse:
            return RedirectResponse(self.authorize(dict(request.query_params)), 302)

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            form = {name: str(value) for name, value in (await request.form()).items()}
            tokens = self.exchange(form)
            return JSONResponse(tokens) if tokens else JSONResponse({"error": "invalid_grant"}, 400)

        @app.get("/end")
        async def end(request: Request) -> RedirectResponse:
            return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)

        return app


class Serving:
    """An application on a port of this machine, in a thread of its own."""

    def __init__(self, app: Any, port: int) -> None:
        config = uvicorn.Config(app, host=HOST, port=port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        """Start it; return once it listens."""
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server ended at its start"
            time.sleep(0.01)

    def end(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(5)


def rendered(value: Any) -> str:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False)
