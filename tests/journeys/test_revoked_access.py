"""A person's access is revoked at one service, and another process refuses the same token over the real bus."""

import time

import pytest

from tests.conftest import MakeCity
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker

WHO, WITHIN_S = "officer-zhang", 60.0


async def test_a_revoked_person_is_refused_by_two_processes_within_a_minute(city: MakeCity) -> None:
    town = await city("registration", "supply")
    token = town.running.mint_token("community", area="/jinhe", subject=WHO)
    paths = {"registration": "/v1/places", "supply": "/v1/deliveries"}

    async def answers() -> dict[str, int]:
        statuses = {}
        for service, path in paths.items():
            async with town.client(service, token) as client:
                statuses[service] = (await client.get(path)).status_code
        return statuses

    assert await answers() == dict.fromkeys(paths, 200)
    async with town.client("registration", town.running.mint_token("city", area="/", subject="city-li")) as office:
        answer = await office.post("/v1/access-revocations", json={"subject": WHO, "reason": "账号被盗用"})
    assert answer.status_code < 300, answer.text
    revoked_at = time.monotonic()

    async def refused() -> bool:
        assert await answers() == dict.fromkeys(paths, 401)
        return True

    await eventually(refused, timeout=WITHIN_S)
    assert time.monotonic() - revoked_at < WITHIN_S
