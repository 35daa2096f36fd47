"""Who may do what: JWTs of an OIDC issuer, roles, and an area path outside which nothing is found.

A service may believe tokens of its own beside them, which speak for one role alone.
"""

import time
from collections.abc import Awaitable, Callable, Collection
from weakref import WeakKeyDictionary

import jwt
from fastapi import Request

from shared.base import normal_form
from shared.base.errors import Forbidden, Unauthenticated
from shared.base.json_types import Json
from shared.base.token_rules import Claims, TokenRules
from shared.store.act_log import acting
from shared.web import break_glass
from shared.web.break_glass import BreakGlasses
from shared.web.claims import OURS, check_rules, claim, principal_of, subject_of
from shared.web.issuer_keys import IssuerKeys
from shared.web.principal import Principal as Principal
from shared.web.roles import Role as Role
from shared.web.tokens import OwnTokens

CACHED_TOKENS = 50_000
_RULES = TokenRules()


def let_in(_: Principal) -> None:
    """Turn no caller away."""


class Access:
    """Verifies tokens against the issuer's keys, read from a file or an https address and read again for a new key.

    `rules` are for tokens of the issuer; a service's own tokens have their own life and the claims that we name.
    """

    def __init__(self, issuer: str, audience: str, jwks: str, rules: TokenRules = _RULES) -> None:
        check_rules(rules)
        self._issuer = issuer
        self._audience = audience
        self.rules = rules
        self._own: OwnTokens | None = None
        self._verified: dict[str, tuple[float, Principal]] = {}
        self._revoked: dict[str, tuple[float, float]] = {}  # by subject: tokens issued up to when, kept until when
        self.break_glasses = BreakGlasses()
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

    def _check_revoked(self, claims: Json, names: Claims) -> None:
        """Raise `Unauthenticated` where the token, or the sign-in that it is from, is older than the revocation.

        A token that was renewed since is still of the sign-in before.
        """
        revoked = self._revoked.get(normal_form.word(subject_of(claims, names)))
        if revoked and not _since(claims, names) > revoked[0]:
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
        claims, names = await self._claims(token)
        self._check_revoked(claims, names)
        principal, expires_at = principal_of(claims, names, self.rules.strong_acr), _expiry(claims)
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = (expires_at, principal)
        return principal

    async def _claims(self, token: str) -> tuple[Json, Claims]:
        """Return the verified claims of a token, and what they are named."""
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            # Each key speaks for its own issuer, and for no other.
            if self._own is not None and kid in self._own.keys:
                return _of_role(self._decoded(token, self._own.keys[kid], self._own.issuer), self._own.role), OURS
            claims = self._decoded(token, await self.issuer_keys.get(kid), self._issuer)
            self._check_life(claims)
            return claims, self.rules.claims
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("access.token_expired", "The token has expired: sign in again") from None
        except (jwt.PyJWTError, ArithmeticError, ValueError, TypeError, RecursionError):
            raise Unauthenticated("access.token_invalid", "The token is none of this issuer's: sign in again") from None

    def _check_life(self, claims: Json) -> None:
        """Raise `Unauthenticated` where a token of the issuer lives too long, or states no time of issue."""
        issued, longest = claims.get("iat"), self.rules.longest_life.total_seconds()
        if not isinstance(issued, int | float) or int(claims["exp"]) - issued > longest:
            hours = longest / 3600
            text = f"The token states no 'iat', or is valid for more than {hours:g} hours: sign in again"
            chinese = f"令牌没有 iat，或有效期超过 {hours:g} 小时：请重新登录"
            raise Unauthenticated("access.token_too_long", text, detail_zh=chinese)

    def _decoded(self, token: str, key: jwt.PyJWK, issuer: str) -> Json:
        return jwt.decode(
            token,
            key,
            algorithms=self.rules.algorithms,
            audience=self._audience,
            issuer=issuer,
            options={"require": ["exp", "sub", "iss", "aud"]},
        )


def _of_role(claims: Json, role: str) -> Json:
    if claims.get("roles") != [role]:
        raise jwt.InvalidTokenError(f"a token of our own is a {role}'s")
    return claims


def _since(claims: Json, names: Claims) -> float:
    """Return the Unix time of the sign-in where the token states it, else that of its issue; the earlier of both."""
    stated = (claims.get("iat", 0), claim(claims, names.auth_time))
    return min(at for at in stated if isinstance(at, int | float))


def _expiry(claims: Json) -> float:
    """Return the Unix time at which a token expires. Raises `Unauthenticated` for none that a clock can reach."""
    try:
        return float(claims["exp"])
    except (ArithmeticError, ValueError, TypeError):
        raise Unauthenticated("access.token_invalid", "The token never expires: sign in again") from None


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
    """Raise `Forbidden` unless the caller has one of the roles; any caller with a role may pass where none is named."""
    if not principal.roles:
        text = (
            f"The account {principal.subject} has no role here: ask the administrator of the sign-in to give it one of "
            f"the roles {', '.join(Role)}, then sign in again"
        )
        chinese = f"账号 {principal.subject} 在本系统没有角色：请联系登录系统管理员授予角色，然后重新登录"
        raise Forbidden("access.no_role", text, detail_zh=chinese)
    if roles and principal.roles.isdisjoint(roles):
        needed = ", ".join(sorted(roles))
        raise Forbidden("access.role_missing", f"This needs one of the roles {needed}", roles=needed)


# What `allow` made, with the roles that it lets pass.
_CHECKS: WeakKeyDictionary[Callable[..., object], tuple[Role, ...]] = WeakKeyDictionary()


def asks_for_token(check: object) -> bool:
    """Whether a dependency of a route is one that `allow` made."""
    return check in _CHECKS


def roles_of(check: object) -> tuple[Role, ...] | None:
    """Return the roles that a dependency made by `allow` lets pass, () for any role; None for another dependency."""
    return _CHECKS.get(check) if callable(check) else None


def allow(*roles: Role) -> Callable[[Request], Awaitable[Principal]]:
    """Return the dependency that lets callers with one of `roles` pass; any valid token when none is named."""

    async def check(request: Request) -> Principal:
        access: Access = request.app.state.access
        principal = await access.principal(bearer(request))
        if glass_id := request.headers.get(break_glass.HEADER):
            reads = break_glass.is_reading(request.method, request.scope.get("endpoint"))
            principal = access.break_glasses.through(principal, glass_id, reads=reads)
        require(principal, roles)
        acting.set(principal.subject)  # the log of acts names who acts
        return principal

    _CHECKS[check] = roles
    return check
