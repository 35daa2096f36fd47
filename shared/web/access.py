"""Who may do what: JWTs of an OIDC issuer, roles, and an area path outside which nothing is found.

A service may believe tokens of its own beside them, which speak for one role alone.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

import httpx
import jwt
from fastapi import Request

from shared.base.area import within
from shared.base.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from shared.web.roles import Role as Role
from shared.web.tokens import OwnTokens

REFRESH_S = 30.0
RETRY_S = 1.0
CACHED_TOKENS = 50_000
_ALGORITHMS = ["EdDSA", "ES256", "RS256"]

logger = logging.getLogger(__name__)


class Principal(NamedTuple):
    """The caller: `subject` is a staff member's, a resident's or a device's id; `gate` is a device's own.

    `serial` counts the credentials that a device was given.
    """

    subject: str
    roles: frozenset[str]
    area: str
    gate: str | None
    serial: int | None = None

    def sees(self, path: str) -> bool:
        """Whether `path` lies within the caller's area."""
        return within(path, self.area)

    def may_see(self, path: str, staff: Collection[Role], concerned: Collection[str | None] = ()) -> bool:
        """Whether the caller is staff of the area of `path`, or one of the persons whom it concerns (owner, keeper)."""
        return self.subject in concerned or (not self.roles.isdisjoint(staff) and self.sees(path))

    def require_area(self, path: str, what: str) -> None:
        """Raise `NotFound` when `path` lies outside the caller's area: there, nothing exists."""
        if not self.sees(path):
            raise NotFound("access.not_found", f"{what} was not found in your area {self.area}")


def let_in(_: Principal) -> None:
    """Turn no caller away."""


class Access:
    """Verifies tokens against the issuer's keys, read from a file or an https address and read again for a new key."""

    def __init__(self, issuer: str, audience: str, jwks: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._source = jwks
        self._keys: dict[str, jwt.PyJWK] = {}
        self._reading = asyncio.Lock()
        self._read_again_at = 0.0
        self._away = False
        self._own: OwnTokens | None = None
        self._verified: dict[str, tuple[float, Principal]] = {}

    def believe(self, own: OwnTokens) -> None:
        """Let tokens be believed that this service signs for itself."""
        self._own = own

    async def principal(self, token: str) -> Principal:
        """Return whom the token speaks for. Raises `Unauthenticated`, or `Unavailable` without the issuer's keys."""
        if known := self._verified.get(token):
            if known[0] > time.time():
                return known[1]
            del self._verified[token]
        claims = await self._claims(token)
        principal, expires_at = _principal(claims), _expiry(claims)
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = (expires_at, principal)
        return principal

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            # Each key speaks for its own issuer, and for no other.
            if self._own is not None and kid in self._own.keys:
                return _of_role(self._decoded(token, self._own.keys[kid], self._own.issuer), self._own.role)
            return self._decoded(token, await self._key(kid), self._issuer)
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("access.token_expired", "The token has expired: sign in again") from None
        except (jwt.PyJWTError, ArithmeticError, ValueError, TypeError, RecursionError):
            raise Unauthenticated("access.token_invalid", "The token is none of this issuer's: sign in again") from None

    def _decoded(self, token: str, key: jwt.PyJWK, issuer: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=_ALGORITHMS,
            audience=self._audience,
            issuer=issuer,
            options={"require": ["exp", "sub", "iss", "aud"]},
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._reading:
                if kid not in self._keys and time.monotonic() >= self._read_again_at:
                    await self._read_keys()
        if kid in self._keys:
            return self._keys[kid]
        if self._away:
            raise Unavailable("access.no_keys", "The issuer's keys cannot be read now: try again soon", 5)
        raise Unauthenticated("access.key_unknown", "The token was signed by a key the issuer does not publish")

    async def _read_keys(self) -> None:
        try:
            # A key knows its own algorithm: a token that names another is refused, whatever it was signed with.
            self._keys = {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(await self._published()).keys}
            self._away = False
        except (OSError, ValueError, httpx.HTTPError, jwt.PyJWTError) as error:
            logger.warning("the issuer's keys cannot be read: %s", type(error).__name__)
            self._away = True
        self._read_again_at = time.monotonic() + (RETRY_S if self._away else REFRESH_S)

    async def _published(self) -> dict[str, Any]:
        if not self._source.startswith("https://"):
            return dict(json.loads(await asyncio.to_thread(Path(self._source).read_text)))
        async with httpx.AsyncClient(timeout=5) as client:
            return dict((await client.get(self._source)).raise_for_status().json())


def _of_role(claims: dict[str, Any], role: str) -> dict[str, Any]:
    if claims.get("roles") != [role]:
        raise jwt.InvalidTokenError(f"a token of our own is a {role}'s")
    return claims


def _principal(claims: dict[str, Any]) -> Principal:
    area = str(claims.get("area", ""))
    area = area.rstrip("/") or area[:1]  # "/a/" is "/a", and "/" stays what it is
    roles = claims.get("roles", [])
    if not area.startswith("/") or not isinstance(roles, list):
        raise Unauthenticated("access.token_incomplete", "The token names no roles and area: ask for a new one")
    return Principal(str(claims["sub"]), frozenset(map(str, roles)), area, claims.get("gate"), _serial(claims))


def _expiry(claims: dict[str, Any]) -> float:
    """Return the Unix time at which a token expires. Raises `Unauthenticated` for none that a clock can reach."""
    try:
        return float(claims["exp"])
    except (ArithmeticError, ValueError, TypeError):
        raise Unauthenticated("access.token_invalid", "The token never expires: sign in again") from None


def _serial(claims: dict[str, Any]) -> int | None:
    serial = claims.get("serial")
    return serial if isinstance(serial, int) else None


def bearer(request: Request) -> str:
    """Return the request's bearer token. Raises `Unauthenticated` without one."""
    return token_of(request.headers.get("authorization", ""))


def token_of(header: str) -> str:
    """Return the token in an Authorization header. Raises `Unauthenticated` without one."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("access.token_missing", "Send a token in the header 'Authorization: Bearer ...'")
    return token.strip()


def require(principal: Principal, roles: Collection[Role]) -> None:
    """Raise `Forbidden` unless the caller has one of the roles; any caller may pass where none is named."""
    if roles and principal.roles.isdisjoint(roles):
        needed = ", ".join(sorted(roles))
        raise Forbidden("access.role_missing", f"This needs one of the roles {needed}")


_CHECKS: WeakSet[Callable[..., object]] = WeakSet()


def asks_for_token(check: object) -> bool:
    """Whether a dependency of a route is one that `allow` made."""
    return check in _CHECKS


def allow(*roles: Role) -> Callable[[Request], Awaitable[Principal]]:
    """Return the dependency that lets callers with one of `roles` pass; any valid token when none is named."""

    async def check(request: Request) -> Principal:
        access: Access = request.app.state.access
        principal = await access.principal(bearer(request))
        require(principal, roles)
        return principal

    _CHECKS.add(check)
    return check
