"""The OpenID Connect provider at which people sign in: authorization code with PKCE, by Authlib."""

import logging
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from joserfc.errors import JoseError

from services.console.client.authorities import authorities
from services.console.settings import Settings

with warnings.catch_warnings():  # Authlib would rather have httpx2, which no other part of the platform uses
    import authlib.deprecate  # noqa: F401  # it has its warnings printed, so it comes before they are ignored

    warnings.simplefilter("ignore")
    from authlib.integrations.base_client import BaseApp, OAuthError
    from authlib.integrations.base_client.async_app import AsyncOAuth2Mixin
    from authlib.integrations.base_client.async_openid import AsyncOpenIDMixin
    from authlib.integrations.httpx_client import AsyncOAuth2Client

PROVIDER_S = 8.0
METADATA_FOR_S = 600.0
SCOPE = "openid profile offline_access"
_DISCOVERY = "/.well-known/openid-configuration"
_USUAL_LIFE_S = 300  # of a token whose life the provider does not state

logger = logging.getLogger(__name__)


class ProviderAway(Exception):
    """The provider is not configured, or does not answer."""


class SignInRefused(Exception):
    """The provider refused, or what it answered does not belong to this sign-in."""


@dataclass(frozen=True)
class Tokens:
    """What the provider issued for a person; `refresh` and `identity` may be empty."""

    access: str
    refresh: str
    identity: str
    expires_at: datetime
    name: str = ""


class _Client(AsyncOAuth2Mixin, AsyncOpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client of one provider, without a web framework."""

    client_cls = AsyncOAuth2Client


class Provider:
    """The provider of the settings; its addresses are read when they are first needed and again after some minutes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: _Client | None = None
        self._read_at = 0.0

    @property
    def is_configured(self) -> bool:
        """Whether the settings name a provider."""
        return bool(self._settings.oidc_issuer)

    @property
    def callback(self) -> str:
        """The address to which the provider sends the browser back."""
        return f"{self._settings.url}/sign-in/callback"

    async def authorization_url(self, state: str, nonce: str, verifier: str, **more: str) -> str:
        """Return where the browser signs in; `more` asks for a level (`acr_values`) or a fresh sign-in (`max_age`)."""
        client = await self._client()
        params = {"state": state, "nonce": nonce, "code_verifier": verifier, **more}
        url: str = (await client.create_authorization_url(self.callback, **params))["url"]
        return url

    async def exchange(self, code: str, verifier: str, nonce: str) -> Tokens:
        """Return the tokens for a code. Raises `SignInRefused` where they do not belong to this sign-in."""
        client = await self._client()
        try:
            token = await client.fetch_access_token(self.callback, code=code, code_verifier=verifier)
            identity = await client.parse_id_token(token, nonce=nonce)
        except (OAuthError, JoseError, ValueError) as error:
            raise SignInRefused(str(error)) from None
        except httpx.HTTPError as error:
            raise ProviderAway(str(error)) from None
        if identity is None or "access_token" not in token:
            raise SignInRefused("the provider sent no identity: the scope 'openid' is not granted")
        name = identity.get("name") or identity.get("preferred_username") or identity["sub"]
        return _tokens(token, str(name))

    async def renew(self, refresh_token: str) -> Tokens:
        """Return new tokens. Raises `SignInRefused` where the provider renews them no longer, `ProviderAway`."""
        client = await self._client()
        try:
            token = await client.fetch_access_token(grant_type="refresh_token", refresh_token=refresh_token)
        except (OAuthError, ValueError) as error:
            raise SignInRefused(str(error)) from None
        except httpx.HTTPError as error:
            raise ProviderAway(str(error)) from None
        return _tokens(token)

    async def sign_out_url(self, id_token: str) -> str | None:
        """Return where the browser signs out at the provider; None where the provider has no such address."""
        try:
            client = await self._client()
            back = f"{self._settings.url}/signed-out"
            known = {"client_id": self._settings.oidc_client_id}
            made = await client.create_logout_url(back, id_token_hint=id_token or None, **known)
        except (ProviderAway, RuntimeError):
            return None
        url: str = made["url"]
        return url

    async def _client(self) -> _Client:
        if not self.is_configured:
            raise ProviderAway("no provider is configured")
        if self._made is None or time.monotonic() - self._read_at > METADATA_FOR_S:
            settings = self._settings
            made = _Client(
                None,
                name="provider",
                client_id=settings.oidc_client_id,
                client_secret=settings.oidc_client_secret or None,
                server_metadata_url=settings.oidc_issuer.rstrip("/") + _DISCOVERY,
                client_kwargs={
                    "scope": SCOPE,
                    "code_challenge_method": "S256",
                    "timeout": PROVIDER_S,
                    "trust_env": False,
                    "verify": authorities(),
                    **({} if settings.oidc_client_secret else {"token_endpoint_auth_method": "none"}),
                },
            )
            try:
                metadata = await made.load_server_metadata()
            except (httpx.HTTPError, ValueError) as error:
                logger.warning("the OpenID Connect provider does not answer: %s", error)
                raise ProviderAway(str(error)) from None
            if str(metadata.get("issuer", "")).rstrip("/") != settings.oidc_issuer.rstrip("/"):
                raise ProviderAway("the provider at OIDC_ISSUER names another issuer: correct the setting")
            self._made, self._read_at = made, time.monotonic()
        return self._made


def _tokens(token: dict[str, Any], name: str = "") -> Tokens:  # Any: what the provider sent
    life = int(token.get("expires_in") or _USUAL_LIFE_S)
    return Tokens(
        access=str(token["access_token"]),
        refresh=str(token.get("refresh_token") or ""),
        identity=str(token.get("id_token") or ""),
        expires_at=datetime.now(UTC) + timedelta(seconds=life),
        name=name,
    )
