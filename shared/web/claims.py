"""Claims of a token, of any provider, as a caller: the mapping that docs/sign-in.md documents."""

import logging
from collections.abc import Iterator, Mapping

from shared.base.errors import Unauthenticated
from shared.base.json_types import JsonView
from shared.base.persons import is_clear
from shared.base.token_rules import KNOWN_ALGORITHMS, Claims, TokenRules
from shared.web.principal import Principal
from shared.web.roles import Role

OURS = Claims()
_ROLES = frozenset(map(str, Role))

logger = logging.getLogger(__name__)


def check_rules(rules: TokenRules) -> None:
    """Raise `ValueError` for a rule that no token can meet safely: an unknown role, an algorithm with a secret."""
    if unknown := set(rules.claims.role_names.values()) - _ROLES:
        raise ValueError(f"LASTMETRE_CLAIMS__ROLE_NAMES names unknown roles {sorted(unknown)}: use {sorted(_ROLES)}")
    if unknown := set(rules.algorithms) - KNOWN_ALGORITHMS:
        raise ValueError(f"LASTMETRE_ALGORITHMS has {sorted(unknown)}: use some of {sorted(KNOWN_ALGORITHMS)}")


def claim(claims: JsonView, path: str) -> object:
    """Return the claim of this name, or what lies at this path of names with dots between them; None for nothing."""
    if path in claims:  # names may hold dots themselves, as https://example.org/roles
        return claims[path]
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def principal_of(claims: JsonView, names: Claims, strong_acr: tuple[str, ...] = ()) -> Principal:
    """Return the caller whom verified claims name. Raises `Unauthenticated` where area or subject cannot be used."""
    own, gate, serial = claim(claims, names.resident_id), claims.get("gate"), claims.get("serial")
    return Principal(
        subject_of(claims, names),
        _roles(claims, names),
        _area(claims, names),
        gate if isinstance(gate, str) else None,
        serial if isinstance(serial, int) else None,
        own if isinstance(own, str) else None,
        _strong_at(claims, names, strong_acr),
    )


def subject_of(claims: JsonView, names: Claims) -> str:
    """Return the person's immutable id. Raises `Unauthenticated` where it has a second form, or is missing."""
    subject = claim(claims, names.subject)
    if not isinstance(subject, str) or not is_clear(subject):
        # One person must not be two by a blank, an invisible mark or a wide letter.
        text = "The token's subject holds blanks, invisible marks or look-alike signs: have the issuer correct it"
        raise Unauthenticated("access.subject_unclear", text)
    return subject


def _roles(claims: JsonView, names: Claims) -> frozenset[str]:
    given = {role for path in names.roles for role in _texts(claim(claims, path))}
    mapped = {role: names.role_names.get(role) for role in given} if names.role_names else {one: one for one in given}
    known = frozenset(role for role in mapped.values() if role in _ROLES)
    if unknown := [role for role, ours in mapped.items() if ours not in _ROLES]:
        logger.debug("roles of a token that have no meaning here: %s", ", ".join(sorted(unknown)))
    return known


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))


def _area(claims: JsonView, names: Claims) -> str:
    value = claim(claims, names.area)
    given = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    prefix = names.area_prefix
    paths = {one.removeprefix(prefix) for one in given if isinstance(one, str) and one.startswith(prefix)}
    areas = {path.rstrip("/") or "/" for path in paths if path.startswith("/")}  # "/a/" is "/a", and "/" stays
    if len(areas) != 1:
        many = "several areas" if areas else "no area"
        text = f"The token names {many}: ask the administrator of the sign-in to give your account one area"
        chinese = "令牌没有唯一的辖区：请联系登录系统管理员为您的账号设置一个辖区"
        raise Unauthenticated("access.token_incomplete", text, detail_zh=chinese)
    return areas.pop()


def _strong_at(claims: JsonView, names: Claims, strong_acr: tuple[str, ...]) -> float:
    at = claim(claims, names.auth_time)
    levels = claim(claims, names.acr)
    given = levels if isinstance(levels, list) else [levels]
    strong = any(level in strong_acr for level in given if isinstance(level, str))
    return float(at) if strong and isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 1e15 else 0.0
