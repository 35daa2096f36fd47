"""Supply as a process of its own, over the real bus, with the demo's clerk and keepers."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from deploy.demo.goods import deliver_kits, stock_depot
from deploy.demo.office import HOME_HOUSEHOLDS, Office
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.bus.consumer import producer
from shared.envelope.event import MARKER_TYPE, Event, Meta, decode, encode, type_of
from shared.events import supply as events
from tests.conftest import MakeCity
from tests.supply.town import open_case, resident
from tests.support.city import CityUnderTest
from tests.support.signing import signed
from tests.support.waiting import eventually


async def publish(town: CityUnderTest, batch: Iterable[Event]) -> None:
    """Publish the events in their order, twice each, as a bus may deliver them."""
    sender = producer(town.bootstrap)
    await sender.start()
    try:
        for event in batch:
            event = event.stamped(Meta(new_id(), SystemClock().now(), "test", new_id()))
            wire = signed(encode(event), town.directory / "keys")
            for _ in range(2):
                await sender.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    finally:
        await sender.stop()


async def wait_for(bootstrap: str, expected: dict[str, int]) -> None:
    """Wait until supply has published so many events of each of these types, and none more often."""
    topics = (events.DELIVERIES, events.STOCK)
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    seen: dict[str, Event] = {}

    async def all_of_them() -> bool:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                if type_of(record.headers) == MARKER_TYPE:
                    continue
                event = decode(record.headers, record.value)
                assert record.key == event.key.encode()
                seen[event.id] = event
        counts = Counter(event.type.split(".")[1] for event in seen.values())
        assert {name: counts[name] for name in expected} == expected
        return True

    try:
        await eventually(all_of_them)
    finally:
        await consumer.stop()


async def test_kits_and_weekly_deliveries_over_the_real_bus(city: MakeCity, tmp_path: Path) -> None:
    town = await city("supply", start=False)
    office = Office(town.running, tmp_path / "demo")
    stocking = asyncio.create_task(asyncio.to_thread(stock_depot, office))
    await town.start()
    await stocking  # it waited for the service
    await asyncio.to_thread(stock_depot, office)
    homes = [new_id() for _ in range(HOME_HOUSEHOLDS)]
    await publish(town, [open_case(home) for home in homes for _ in range(2)])
    await publish(town, [resident(homes[0], "elderly_alone")])
    assert await asyncio.to_thread(deliver_kits, office) == HOME_HOUSEHOLDS
    assert await asyncio.to_thread(deliver_kits, office) == HOME_HOUSEHOLDS
    await town.wait_until_quiet()
    town.advance(days=7)
    await wait_for(
        town.bootstrap,
        {
            "StockReceived": 4,
            "DeliveryPlanned": HOME_HOUSEHOLDS + 1,
            "DeliveryHandedOver": HOME_HOUSEHOLDS,
            "StockReserved": HOME_HOUSEHOLDS * 3 + 2,
            "StockIssued": HOME_HOUSEHOLDS * 3,
        },
    )
    stock = await asyncio.to_thread(office.call, "GET", "supply", "/v1/stock")
    assert {row["item"]: row["reserved"] for row in stock["items"]} == {
        "flour": 0,
        "disinfectant": 0,
        "milk": 1,
        "vegetables": 1,
    }
    office.close()
