"""The `city` that other tests run on."""

import sys
from collections.abc import Awaitable, Callable

import pytest

from tests.support.city import CityUnderTest
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker

STANDINS = {name: (sys.executable, "-m", "tests.launcher.standin") for name in ("supply", "isolation")}
MakeCity = Callable[..., Awaitable[CityUnderTest]]


async def test_a_service_can_be_killed_and_started_again_on_its_address(city: MakeCity) -> None:
    town = await city(commands=STANDINS)
    async with town.client("supply", town.mint("doctor", area="/tianjin")) as client:
        first = (await client.get("/environment")).json()
        assert first["LASTMETRE_MONGO_DATABASE"] == town.database_name("supply")
        town.kill("supply")
        assert not town.service("supply").running
        await town.restart("supply")
        assert (await client.get("/environment")).json()["pid"] != first["pid"]
    await town.wait_until_quiet()


async def test_the_clock_moves_for_every_service(city: MakeCity) -> None:
    town = await city("supply", commands=STANDINS)
    before = town.clock.now()
    town.advance(days=14, hours=1)
    assert 14 * 24 + 1 <= (town.clock.now() - before).total_seconds() / 3600 < 14 * 24 + 1.1


async def test_a_city_can_lose_its_bus(city: MakeCity) -> None:
    town = await city("supply", commands=STANDINS)
    await town.lose_bus()
    assert town.kafka is not None
    assert town.kafka.running


async def test_eventually_returns_what_became_true_and_says_what_did_not() -> None:
    seen: list[int] = []

    def grown() -> int:
        seen.append(1)
        assert len(seen) > 2, "not yet"
        return len(seen)

    assert await eventually(grown, 1) == 3
    with pytest.raises(AssertionError, match="still"):
        await eventually(lambda: False, 0.1)
