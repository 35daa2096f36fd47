"""Who is believed, for how long, and what lies outside an area does not exist."""

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from deploy.local.issuer import Issuer
from shared.access import Access, Principal
from shared.errors import DomainError, NotFound, Unauthenticated, Unavailable

AREA = "/jinhe/hedong"


@pytest.fixture
def access(issuer: Issuer) -> Access:
    """What a service believes."""
    return Access(issuer.issuer, issuer.audience, str(issuer.jwks))


async def refusal(access: Access, token: str) -> DomainError:
    with pytest.raises(DomainError) as refused:
        await access.principal(token)
    return refused.value


def claims_of(issuer: Issuer, **other: Any) -> dict[str, Any]:
    told = {"sub": "s", "iss": issuer.issuer, "aud": issuer.audience, "exp": int(time.time()) + 60}
    return told | {"roles": ["city"], "area": "/"} | other


def signed(issuer: Issuer, **other: Any) -> str:
    """Return a token of the issuer's own key with other claims; None leaves one out."""
    kid = jwt.get_unverified_header(issuer.mint("city", area="/"))["kid"]
    claims = {name: value for name, value in claims_of(issuer, **other).items() if value is not None}
    return jwt.encode(claims, issuer._key, algorithm="EdDSA", headers={"kid": kid})


async def test_a_token_of_the_issuer_tells_subject_roles_area_and_gate(access: Access, issuer: Issuer) -> None:
    token = issuer.mint("doctor", "community", area=AREA, subject="d1", gate="g1")
    assert await access.principal(token) == Principal("d1", frozenset({"doctor", "community"}), AREA, "g1")
    assert await access.principal(token) == await access.principal(token)


async def test_an_expired_token_is_refused_even_when_it_was_believed_before(access: Access, issuer: Issuer) -> None:
    assert (await refusal(access, issuer.mint("city", area="/", hours=-1))).code == "access.token_expired"
    short = signed(issuer, exp=int(time.time()) + 1)
    await access.principal(short)
    while time.time() < jwt.decode(short, options={"verify_signature": False})["exp"]:
        time.sleep(0.05)
    assert (await refusal(access, short)).code == "access.token_expired"


@pytest.mark.parametrize("token", ["", "a.b.c", "é.ü.ö", "x" * 5_000, "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_is_refused(access: Access, token: str) -> None:
    assert isinstance(await refusal(access, token), Unauthenticated)


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "EdDSA", "none"])
async def test_a_forged_token_that_names_the_issuer_s_key_is_refused(
    access: Access, issuer: Issuer, algorithm: str
) -> None:
    kid = jwt.get_unverified_header(issuer.mint("city", area="/"))["kid"]
    keys: dict[str, Any] = {
        "RS256": generate_private_key(65537, 2048),
        "HS256": "x" * 40,
        "EdDSA": Ed25519PrivateKey.generate(),
        "none": None,
    }
    forged = jwt.encode(claims_of(issuer), keys[algorithm], algorithm=algorithm, headers={"kid": kid})
    assert (await refusal(access, forged)).code == "access.token_invalid"


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://elsewhere"}, {"aud": "another"}, {"exp": None}, {"sub": None}, {"nbf": int(time.time()) + 600}],
)
async def test_a_token_for_somebody_else_or_without_an_end_is_refused(
    access: Access, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert (await refusal(access, signed(issuer, **claims))).code == "access.token_invalid"


@pytest.mark.parametrize("claims", [{"area": None}, {"area": "jinhe"}, {"roles": "city"}])
async def test_a_token_without_roles_or_area_is_incomplete(
    access: Access, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert (await refusal(access, signed(issuer, **claims))).code == "access.token_incomplete"


async def test_an_area_is_the_same_with_a_slash_behind_it(access: Access, issuer: Issuer) -> None:
    assert (await access.principal(signed(issuer, area=f"{AREA}/"))).area == AREA
    assert (await access.principal(signed(issuer, area="/"))).area == "/"


async def test_a_new_key_of_the_issuer_is_read_when_it_is_first_met(tmp_path: Path) -> None:
    old, new = Issuer.at(tmp_path / "old"), Issuer.at(tmp_path / "new")
    access = Access(old.issuer, old.audience, str(old.jwks))
    await access.principal(old.mint("city", area="/"))
    both = json.loads(old.jwks.read_text())["keys"] + json.loads(new.jwks.read_text())["keys"]
    assert (await refusal(access, new.mint("city", area="/"))).code == "access.key_unknown"
    old.jwks.write_text(json.dumps({"keys": both}))
    access._read_again_at = 0  # half a minute later
    assert (await access.principal(new.mint("city", area="/"))).area == "/"


@pytest.mark.parametrize("content", [None, "", "[]", '{"keys": []}', '{"keys": [{"kty": "?"}]}'])
async def test_without_usable_keys_nobody_is_refused_but_asked_to_come_again(
    issuer: Issuer, tmp_path: Path, content: str | None
) -> None:
    keys = tmp_path / "jwks.json"
    if content is not None:
        keys.write_text(content)
    access = Access(issuer.issuer, issuer.audience, str(keys))
    away = await refusal(access, issuer.mint("city", area="/"))
    assert isinstance(away, Unavailable)
    assert away.retry_after > 0
    keys.write_bytes(issuer.jwks.read_bytes())
    access._read_again_at = 0
    assert (await access.principal(issuer.mint("city", area="/"))).area == "/"


def test_outside_the_area_nothing_is_found() -> None:
    principal = Principal("s", frozenset(), AREA, None)
    principal.require_area(f"{AREA}/chunhua", "the case")
    with pytest.raises(NotFound, match="the case was not found in your area /jinhe/hedong"):
        principal.require_area("/jinhe/hexi", "the case")
