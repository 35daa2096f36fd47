"""Who is believed, for how long, and what lies outside an area does not exist."""

import json
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from deploy.launcher.secrets.issuer import Issuer
from shared.base.errors import DomainError, NotFound, Unauthenticated, Unavailable
from shared.web.access import Access, Principal, Role
from shared.web.tokens import OwnTokens

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
    claims = {
        "sub": "s",
        "iss": issuer.issuer,
        "aud": issuer.audience,
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    return claims | {"roles": ["city"], "area": "/"} | other


def signed(issuer: Issuer, **other: Any) -> str:
    """Return a token of the issuer's own key with other claims; None leaves one out."""
    kid = jwt.get_unverified_header(issuer.mint("city", area="/"))["kid"]
    claims = {name: value for name, value in claims_of(issuer, **other).items() if value is not None}
    return jwt.encode(claims, issuer._key, algorithm="EdDSA", headers={"kid": kid})


async def test_a_token_of_the_issuer_tells_subject_roles_area_and_gate(access: Access, issuer: Issuer) -> None:
    token = issuer.mint("doctor", "community", area=AREA, subject="d1", gate="g1")
    assert await access.principal(token) == Principal("d1", frozenset({"doctor", "community"}), AREA, "g1")
    assert await access.principal(token) == await access.principal(token)


class InAnHour(datetime):
    """What the time is in an hour."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(hours=1)


async def test_an_expired_token_is_refused_even_when_it_was_believed_before(
    access: Access, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await refusal(access, issuer.mint("city", area="/", hours=-1))).code == "access.token_expired"
    token = issuer.mint("city", area="/", hours=1)
    await access.principal(token)
    monkeypatch.setattr("time.time", lambda: InAnHour.now().timestamp())
    monkeypatch.setattr("jwt.api_jwt.datetime", InAnHour)
    assert (await refusal(access, token)).code == "access.token_expired"


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
    [
        {"iss": "https://elsewhere"},
        {"aud": "another"},
        {"exp": None},
        {"sub": None},
        {"nbf": int(time.time()) + 86_400},
    ],
)
async def test_a_token_for_another_audience_or_without_an_end_is_refused(
    access: Access, issuer: Issuer, claims: dict[str, Any]
) -> None:
    assert (await refusal(access, signed(issuer, **claims))).code == "access.token_invalid"


@pytest.mark.parametrize("claims", [{"area": None}, {"area": "jinhe"}, {"area": ["/a", "/b"]}])
async def test_a_token_without_one_area_is_incomplete(access: Access, issuer: Issuer, claims: dict[str, Any]) -> None:
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
    access.issuer_keys.read_again_at = 0  # half a minute later
    assert (await access.principal(new.mint("city", area="/"))).area == "/"


@pytest.mark.parametrize("content", [None, "", "[]", '{"keys": []}', '{"keys": [{"kty": "?"}]}'])
async def test_without_usable_keys_a_caller_is_not_refused_but_asked_to_come_again(
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
    access.issuer_keys.read_again_at = 0
    assert (await access.principal(issuer.mint("city", area="/"))).area == "/"


OWN = "lastmetre/checkpoint"


def own_keys(count: int = 1) -> bytes:
    """Return private keys as a file holds them, one after the other."""
    keys = [Ed25519PrivateKey.generate() for _ in range(count)]
    return b"".join(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for key in keys)


def own_tokens(issuer: Issuer, keys: bytes) -> OwnTokens:
    return OwnTokens(keys, OWN, issuer.audience, Role.DEVICE)


async def test_a_service_believes_its_own_tokens_beside_the_issuer_s_and_no_other_service_does(
    access: Access, issuer: Issuer
) -> None:
    own = own_tokens(issuer, own_keys())
    token, expires_at = own.sign("d1", AREA, timedelta(days=30), gate="g1", serial=3)
    assert timedelta(days=29) < expires_at - datetime.now(UTC) <= timedelta(days=30)
    assert (await refusal(access, token)).code == "access.key_unknown"
    access.believe(own)
    assert await access.principal(token) == Principal("d1", frozenset({"device"}), AREA, "g1", 3)
    assert (await access.principal(issuer.mint("city", area="/"))).roles == {"city"}


async def test_an_own_token_expires_like_any_other(access: Access, issuer: Issuer) -> None:
    access.believe(own := own_tokens(issuer, own_keys()))
    token, _ = own.sign("d1", AREA, timedelta(seconds=-1), gate="g1", serial=1)
    assert (await refusal(access, token)).code == "access.token_expired"


async def test_neither_issuer_speaks_for_the_other_nor_its_own_key_for_another_role(
    access: Access, issuer: Issuer
) -> None:
    pem = own_keys()
    access.believe(own_tokens(issuer, pem))
    ours: dict[str, Any] = {"key": load_pem_private_key(pem, None), "kid": next(iter(own_tokens(issuer, pem).keys))}
    theirs: dict[str, Any] = {
        "key": issuer._key,
        "kid": jwt.get_unverified_header(issuer.mint("city", area="/"))["kid"],
    }
    device = {"roles": ["device"]}
    for by, claims in (
        (theirs, {"iss": OWN} | device),
        (ours, {"iss": issuer.issuer} | device),
        (ours, {"iss": OWN, "roles": ["city"]}),
        (ours, {"iss": OWN, "roles": ["device", "city"]}),
    ):
        forged = jwt.encode(claims_of(issuer, **claims), by["key"], algorithm="EdDSA", headers={"kid": by["kid"]})
        assert (await refusal(access, forged)).code == "access.token_invalid", claims


async def test_the_newest_own_key_signs_and_what_an_older_one_signed_is_believed(
    access: Access, issuer: Issuer
) -> None:
    old, new = own_keys(), own_keys()
    before, _ = own_tokens(issuer, old).sign("d1", AREA, timedelta(days=1), gate="g1", serial=1)
    access.believe(both := own_tokens(issuer, old + b"\n" + new))
    after, _ = both.sign("d1", AREA, timedelta(days=1), gate="g1", serial=2)
    assert [(await access.principal(token)).serial for token in (before, after)] == [1, 2]
    newest = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    newest.believe(own_tokens(issuer, new))
    assert (await newest.principal(after)).serial == 2
    assert (await refusal(newest, before)).code == "access.key_unknown"


@pytest.mark.parametrize("pem", [b"", b"  \n", b"no key"])
def test_own_tokens_need_a_key(issuer: Issuer, pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"key|PEM"):
        own_tokens(issuer, pem)


def test_outside_the_area_everything_is_unknown() -> None:
    principal = Principal("s", frozenset(), AREA, None)
    principal.require_area(f"{AREA}/chunhua", "the case")
    with pytest.raises(NotFound, match="the case was not found in your area /jinhe/hedong"):
        principal.require_area("/jinhe/hexi", "the case")
