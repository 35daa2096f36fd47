"""Who may do what: JWTs of an OIDC issuer, roles, and an area path outside which nothing is found.

A service may believe tokens of its own beside them, which speak for one role alone.
"""

import time
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any, NamedTuple
from weakref import WeakSet

import jwt
from fastapi import Request

from shared.base import normal_form
from shared.base.area import within
from shared.base.errors import DomainError, Forbidden, NotFound, Unauthenticated
from shared.base.persons import is_clear
from shared.base.plain_text import unwanted
from shared.store.act_log import acting
from shared.web.issuer_keys import IssuerKeys
from shared.web.roles import Role as Role
from shared.web.tokens import OwnTokens

LONGEST_LIFE = timedelta(hours=24)
CACHED_TOKENS = 50_000
_ALGORITHMS = ["EdDSA", "ES256", "RS256"]


class Principal(NamedTuple):
    """The caller: `subject` is a staff member's, a resident's or a device's id; `gate` is a device's own.

    `serial` counts the credentials that a device was given; `resident_id` is a staff member's own resident file.
    """

    subject: str
    roles: frozenset[str]
    area: str
    gate: str | None
    serial: int | None = None
    resident_id: str | None = None

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
    """Verifies tokens against the issuer's keys, read from a file or an https address and read again for a new key.

    A token of the issuer that lives longer than `longest_life` is refused; a service's own tokens have their own life.
    """

    def __init__(self, issuer: str, audience: str, jwks: str, longest_life: timedelta = LONGEST_LIFE) -> None:
        self._issuer = issuer
        self._audience = audience
        self._longest_life = longest_life
        self._own: OwnTokens | None = None
        self._verified: dict[str, tuple[float, Principal]] = {}
        self._revoked: dict[str, tuple[float, float]] = {}  # by subject: tokens issued up to when, kept until when
        self.issuer_keys = IssuerKeys(jwks, self._forget)

    def _forget(self) -> None:
        self._verified.clear()

    def believe(self, own: OwnTokens) -> None:
        """Let tokens be believed that this service signs for itself."""
        self._own = own

    def revoke(self, subject: str, issued_up_to: float, kept_until: float) -> None:
        """Let the subject's tokens that were issued up to a Unix time count no longer; keep that until another one.

        Of two revocations the later one holds, in whichever order they come.
        """
        now = time.time()
        self._revoked = {who: times for who, times in self._revoked.items() if times[1] > now}
        if kept_until > now:
            person = normal_form.word(subject)  # two spellings of one subject are one person
            self._revoked[person] = max((issued_up_to, kept_until), self._revoked.get(person, (0.0, 0.0)))
            self._verified = {
                token: one for token, one in self._verified.items() if normal_form.word(one[1].subject) != person
            }

    def _check_revoked(self, claims: dict[str, Any]) -> None:
        """Raise `Unauthenticated` where the token was issued before its subject was revoked."""
        revoked = self._revoked.get(normal_form.word(str(claims["sub"])))
        if revoked and not claims.get("iat", 0) > revoked[0]:
            text = "Access of this person was revoked: sign in again, or ask the city's office"
            raise Unauthenticated(
                "access.revoked", text, detail_zh="该人员的访问权限已被撤销：请重新登录或联系市级管理部门"
            )

    async def principal(self, token: str) -> Principal:
        """Return whom the token speaks for. Raises `Unauthenticated`, or `Unavailable` without the issuer's keys."""
        await self.issuer_keys.renew()
        if known := self._verified.get(token):
            if known[0] > time.time():
                return known[1]
            del self._verified[token]
        claims = await self._claims(token)
        self._check_revoked(claims)
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
            claims = self._decoded(token, await self.issuer_keys.get(kid), self._issuer)
            self._check_life(claims)
            return claims
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("access.token_expired", "The token has expired: sign in again") from None
        except (jwt.PyJWTError, ArithmeticError, ValueError, TypeError, RecursionError):
            raise Unauthenticated("access.token_invalid", "The token is none of this issuer's: sign in again") from None

    def _check_life(self, claims: dict[str, Any]) -> None:
        """Raise `Unauthenticated` where a token of the issuer lives too long, or states no time of issue."""
        issued, longest = claims.get("iat"), self._longest_life.total_seconds()
        if not isinstance(issued, int | float) or int(claims["exp"]) - issued > longest:
            hours = longest / 3600
            text = f"The token states no 'iat', or is valid for more than {hours:g} hours: sign in again"
            chinese = f"令牌没有 iat，或有效期超过 {hours:g} 小时：请重新登录"
            raise Unauthenticated("access.token_too_long", text, detail_zh=chinese)

    def _decoded(self, token: str, key: jwt.PyJWK, issuer: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=_ALGORITHMS,
            audience=self._audience,
            issuer=issuer,
            options={"require": ["exp", "sub", "iss", "aud"]},
        )


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
    subject = str(claims["sub"])
    if not is_clear(subject):  # one person must not be two by a blank, an invisible mark or a wide letter
        text = "The token's subject holds blanks, invisible marks or look-alike signs: have the issuer correct it"
        raise Unauthenticated("access.subject_unclear", text)
    own = claims.get("resident_id")
    resident_id = own if isinstance(own, str) else None
    return Principal(subject, frozenset(map(str, roles)), area, claims.get("gate"), _serial(claims), resident_id)


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
        check_parameters(request)
        acting.set(principal.subject)  # the log of acts names who acts
        return principal

    _CHECKS.add(check)
    return check


def check_parameters(request: Request) -> None:
    """Raise `DomainError` (422) where a parameter of the path or the query holds an unwanted character."""
    given = [*request.path_params.items(), *request.query_params.multi_items()]
    for name, value in given:
        text = normal_form.fold(value) if name == "q" else value  # what is searched for is folded, and stored nowhere
        if wrong := unwanted(str(text)):
            raise DomainError("request.invalid", f"'{name}' {wrong}")
