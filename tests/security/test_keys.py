"""Keys that the issuer withdrew, and tokens that live too long, open nothing."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from deploy.launcher.secrets.issuer import Issuer
from shared.base.errors import DomainError
from shared.web.access import Access
from tests.support.waiting import eventually

HOUR = 3600


class Trust:
    """An access over a file of keys that a test changes; `later` lets the seconds since the last reading pass."""

    def __init__(self, directory: Path) -> None:
        self.old, self.new = Issuer.at(directory / "old"), Issuer.at(directory / "new")
        self.jwks = directory / "jwks.json"
        self.publish(self.old, self.new)
        self.access = Access(self.old.issuer, self.old.audience, str(self.jwks))

    def publish(self, *issuers: Issuer) -> None:
        self.jwks.write_text(json.dumps({"keys": [key for one in issuers for key in published(one)]}))

    def later(self, seconds: float) -> None:
        self.access.issuer_keys._read_at -= seconds
        self.access.issuer_keys.read_again_at -= seconds

    async def answer(self, token: str) -> str:
        """Return "believed", or the code of the refusal."""
        try:
            await self.access.principal(token)
        except DomainError as refused:
            return refused.code
        return "believed"


def published(issuer: Issuer) -> list[dict[str, Any]]:
    return list(json.loads(issuer.jwks.read_text())["keys"])


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """Two keys, both published."""
    return Trust(tmp_path)


async def test_a_key_that_left_the_set_is_forgotten_within_a_minute_with_its_tokens(trust: Trust) -> None:
    gone, kept = trust.old.mint("city", area="/"), trust.new.mint("city", area="/")
    assert [await trust.answer(token) for token in (gone, kept)] == ["believed"] * 2
    trust.publish(trust.new)
    trust.later(60)
    assert await trust.answer(gone) == "access.key_unknown"
    assert await trust.answer(kept) == "believed"
    assert await trust.answer(trust.old.mint("city", area="/")) == "access.key_unknown"


async def test_a_service_that_is_asked_all_the_time_reads_the_keys_beside_its_work(trust: Trust) -> None:
    gone = trust.old.mint("city", area="/")
    assert await trust.answer(gone) == "believed"
    trust.publish(trust.new)
    trust.later(31)
    assert await trust.answer(gone) == "believed"  # no request waits for this reading

    async def forgotten() -> bool:
        return await trust.answer(gone) == "access.key_unknown"

    await eventually(forgotten)


async def test_another_key_under_the_same_id_ends_the_tokens_of_the_first(trust: Trust) -> None:
    token = trust.old.mint("city", area="/")
    assert await trust.answer(token) == "believed"
    (other,), (first,) = published(trust.new), published(trust.old)
    trust.jwks.write_text(json.dumps({"keys": [other | {"kid": first["kid"]}]}))
    trust.later(60)
    assert await trust.answer(token) == "access.token_invalid"


@pytest.mark.parametrize("keys", [[], [{"kty": "?"}]])
async def test_a_set_without_a_usable_key_ends_all_tokens(trust: Trust, keys: list[Any]) -> None:
    token = trust.old.mint("city", area="/")
    assert await trust.answer(token) == "believed"
    trust.jwks.write_text(json.dumps({"keys": keys}))
    trust.later(60)
    assert await trust.answer(token) == "access.no_keys"


@pytest.mark.parametrize("content", ["", "[]", '{"keys": 3}', '{"keys": ["k"]}', None])
async def test_while_the_set_cannot_be_read_the_keys_that_were_read_last_stay(
    trust: Trust, content: str | None
) -> None:
    token = trust.old.mint("city", area="/")
    assert await trust.answer(token) == "believed"
    if content is None:
        trust.jwks.unlink()
    else:
        trust.jwks.write_text(content)
    trust.later(60)
    assert [await trust.answer(token) for _ in range(2)] == ["believed"] * 2
    trust.publish(trust.new)  # and it is read again as soon as it can be
    trust.later(60)

    async def forgotten() -> bool:
        return await trust.answer(token) == "access.key_unknown"

    await eventually(forgotten)


async def test_a_hundred_requests_at_once_read_the_keys_once(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    token = trust.new.mint("city", area="/")
    assert await trust.answer(token) == "believed"
    reads: list[str] = []
    fetched = trust.access.issuer_keys._fetched

    async def counted() -> dict[str, Any]:
        reads.append("once")
        return await fetched()

    monkeypatch.setattr(trust.access.issuer_keys, "_fetched", counted)
    trust.later(60)
    assert set(await asyncio.gather(*(trust.answer(token) for _ in range(100)))) == {"believed"}
    assert reads == ["once"]


@pytest.mark.parametrize(
    ("claims", "answer"),
    [
        ({"exp": 24 * HOUR}, "believed"),
        ({"exp": 24 * HOUR + 60}, "access.token_too_long"),
        ({"exp": 10 * 365 * 24 * HOUR}, "access.token_too_long"),
        ({"iat": -48 * HOUR, "exp": HOUR}, "access.token_too_long"),  # issued long ago, about to end
        ({"iat": None, "exp": HOUR}, "access.token_too_long"),
    ],
)
async def test_a_token_lives_no_longer_than_policy_says(
    trust: Trust, claims: dict[str, int | None], answer: str
) -> None:
    now = int(time.time())
    times = {name: None if value is None else now + value for name, value in ({"iat": 0} | claims).items()}
    facts = {"sub": "s", "iss": trust.old.issuer, "aud": trust.old.audience, "roles": ["city"], "area": "/"}
    whole = facts | {name: at for name, at in times.items() if at is not None}
    kid = published(trust.old)[0]["kid"]
    token = jwt.encode(whole, trust.old._key, algorithm="EdDSA", headers={"kid": kid})
    assert await trust.answer(token) == answer
