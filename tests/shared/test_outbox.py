"""The relay: what was stored is published, in order per key, by one replica at a time, however the bus fares."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.base.ids import new_id
from shared.bus import consumer as bus
from shared.bus.dead_letters import waiting
from shared.bus.kafka import MAX_MESSAGE_BYTES
from shared.envelope.letters import topic_of
from shared.events.isolation import CASES, CaseOpened
from shared.events.registration import STANDINGS, Colour, StandingChanged
from shared.outbox import refill
from shared.outbox import relay as outbox
from shared.outbox.relay import Relay
from shared.store.leases import Lease, LeaseLost
from shared.store.mongo import Document
from shared.store.unit_of_work import units_of_work
from tests.shared.conftest import Works
from tests.shared.samples import case_opened, events_of, standing
from tests.support.bus import BusServer, lose_everything
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.broker

PUBLISHES = (CaseOpened, StandingChanged)


def relay_of(works: Works, producer: AIOKafkaProducer, bootstrap: str) -> Relay:
    return Relay(works.database, producer, bootstrap, "isolation", PUBLISHES, works.wake, works.clock)


@pytest_asyncio.fixture
async def relay(works: Works, producer: AIOKafkaProducer, kafka_bootstrap: str) -> AsyncIterator[Relay]:
    """A relay whose turns a test takes itself."""
    relay = relay_of(works, producer, kafka_bootstrap)
    yield relay
    await relay.close()


@pytest_asyncio.fixture
async def away(works: Works, fresh_kafka: BusServer) -> AsyncIterator[Relay]:
    """A relay on a bus that the test may break."""
    producer = bus.producer(fresh_kafka.bootstrap)
    await producer.start()
    relay = relay_of(works, producer, fresh_kafka.bootstrap)
    yield relay
    await relay.close()
    await producer.stop()


async def say(works: Works, *reasons: str, case_id: str) -> None:
    """Say one after the other about a case, each in a unit of work of its own."""
    for reason in reasons:
        async with works.begin() as work:
            work.emit(case_opened(case_id, reason))


async def reasons_of(bootstrap: str, *case_ids: str) -> list[str]:
    """Return the reasons that the bus holds of the cases."""
    return [event.reason for event in await events_of(bootstrap, CASES) if event.case_id in case_ids]


async def pending(works: Works) -> list[Document]:
    return await works.database["outbox"].find({"published_at": None}).sort("_id", 1).to_list(None)


async def test_what_was_stored_is_published_once_in_the_order_of_each_key(
    works: Works, relay: Relay, kafka_bootstrap: str
) -> None:
    a, b = new_id(), new_id()
    for number in range(30):
        await say(works, f"{number:02}", case_id=a)
        await say(works, f"{number:02}", case_id=b)
    await relay.turn()
    await relay.turn()
    assert (
        await reasons_of(kafka_bootstrap, a) == await reasons_of(kafka_bootstrap, b) == [f"{n:02}" for n in range(30)]
    )
    assert await pending(works) == []


async def test_several_events_of_one_key_in_one_unit_of_work_keep_their_order(
    works: Works, relay: Relay, kafka_bootstrap: str
) -> None:
    case_id = new_id()
    async with works.begin() as work:
        work.emit(*(case_opened(case_id, f"{number:03}") for number in range(120)))
    await relay.turn()
    assert await reasons_of(kafka_bootstrap, case_id) == [f"{number:03}" for number in range(120)]


async def _make_unsendable(works: Works, case_id: str) -> bytes:
    """Make the value of the one stored event of the case larger than the bus takes; return what it was."""
    (row,) = await works.database["outbox"].find({"events.key": case_id, "published_at": None}).limit(1).to_list(1)
    at = next(number for number, event in enumerate(row["events"]) if event["key"] == case_id)
    too_much = {"$set": {f"events.{at}.value": b"x" * (MAX_MESSAGE_BYTES + 1)}}
    await works.database["outbox"].update_one({"_id": row["_id"]}, too_much)
    return bytes(row["events"][at]["value"])


async def _mend(works: Works, case_id: str, value: bytes) -> None:
    row = await works.database["outbox"].find_one({"events.key": case_id, "published_at": None})
    assert row is not None
    at = next(number for number, event in enumerate(row["events"]) if event["key"] == case_id)
    await works.database["outbox"].update_one({"_id": row["_id"]}, {"$set": {f"events.{at}.value": value}})


async def test_when_a_produce_fails_in_the_middle_nothing_of_its_key_overtakes_it_and_no_other_waits(
    works: Works, relay: Relay, kafka_bootstrap: str
) -> None:
    stuck, other = new_id(), new_id()
    async with works.begin() as work:
        work.emit(case_opened(other, "1"), case_opened(stuck, "1"))
    value = await _make_unsendable(works, stuck)
    await say(works, "2", case_id=stuck)
    await say(works, "2", "3", case_id=other)
    for _ in range(2):
        with pytest.raises(KafkaError):
            await relay.turn()
        assert await reasons_of(kafka_bootstrap, stuck) == []
        assert await reasons_of(kafka_bootstrap, other) == ["1", "2", "3"]  # once each, however often it is tried
    await _mend(works, stuck, value)
    await relay.turn()
    assert await reasons_of(kafka_bootstrap, stuck) == ["1", "2"]
    assert await reasons_of(kafka_bootstrap, other) == ["1", "2", "3"]
    assert await pending(works) == []


async def test_keys_that_cannot_go_do_not_starve_those_behind_them(
    works: Works, relay: Relay, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outbox.relay.ROWS", 2)
    behind = new_id()
    for _ in range(5):
        stuck = new_id()
        await say(works, "1", case_id=stuck)
        await _make_unsendable(works, stuck)
    await say(works, "1", case_id=behind)
    with pytest.raises(KafkaError, match="5 keys"):
        await relay.turn()
    assert await reasons_of(kafka_bootstrap, behind) == ["1"]


async def test_a_crash_between_publishing_and_marking_repeats_in_order(
    works: Works, relay: Relay, kafka_bootstrap: str
) -> None:
    case_id = new_id()
    await say(works, "1", "2", case_id=case_id)
    await relay.turn()
    await works.database["outbox"].update_many({}, {"$set": {"published_at": None}})  # as if it had died before
    await relay.turn()
    assert await reasons_of(kafka_bootstrap, case_id) == ["1", "2", "1", "2"]


async def test_of_two_replicas_one_relays(
    works: Works, relay: Relay, producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    case_id = new_id()
    other = relay_of(works, producer, kafka_bootstrap)
    await say(works, *(f"{number:02}" for number in range(20)), case_id=case_id)
    await asyncio.gather(relay.turn(), other.turn())
    await asyncio.gather(relay.turn(), other.turn())
    assert await reasons_of(kafka_bootstrap, case_id) == [f"{number:02}" for number in range(20)]


async def test_a_relay_that_was_overtaken_stops_before_it_publishes(
    works: Works, relay: Relay, kafka_bootstrap: str
) -> None:
    case_id = new_id()
    await relay.turn()
    await say(works, "1", case_id=case_id)
    await works.database["leases"].delete_many({})
    assert await Lease(works.database, "outbox", timedelta(minutes=1)).hold()
    with pytest.raises(LeaseLost):
        await relay.flush()
    assert await reasons_of(kafka_bootstrap, case_id) == []


async def test_events_wait_in_the_store_while_the_bus_is_away(
    works: Works, away: Relay, fresh_kafka: BusServer
) -> None:
    case_id = new_id()
    running = asyncio.create_task(away.run())
    fresh_kafka.kill()
    await say(works, "1", "2", case_id=case_id)
    await asyncio.sleep(0)
    assert len(await pending(works)) == 2
    await lose_everything(fresh_kafka)

    async def arrived() -> bool:
        return await reasons_of(fresh_kafka.bootstrap, case_id) == ["1", "2"] and await pending(works) == []

    await eventually(arrived)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_relay_that_ends_gives_its_lease_up_and_another_goes_on_at_once(
    works: Works, relay: Relay, producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    running = asyncio.create_task(relay.run())
    await eventually(lambda: works.count("leases"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    case_id = new_id()
    await say(works, "1", case_id=case_id)
    await relay_of(works, producer, kafka_bootstrap).turn()
    assert await reasons_of(kafka_bootstrap, case_id) == ["1"]


async def test_a_relay_renews_its_lease_only_when_something_is_pending_or_due(
    works: Works, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await relay.turn()
    await works.database["leases"].delete_many({})
    await relay.turn()
    assert not await works.count("leases")
    monkeypatch.setattr(refill, "CHECK_EVERY_S", 0.0)
    await relay.turn()
    assert await works.count("leases")
    monkeypatch.setattr(refill, "CHECK_EVERY_S", 3600.0)
    await works.database["leases"].delete_many({})
    await say(works, "1", case_id=new_id())
    await relay.turn()
    assert await works.count("leases")


@pytest.mark.parametrize("steps", range(6))
async def test_a_relay_that_is_woken_just_as_it_is_stopped_ends(
    works: Works, relay: Relay, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    async def turn() -> None:
        works.wake.clear()

    monkeypatch.setattr(relay, "turn", turn)
    monkeypatch.setattr(outbox, "POLL_S", 3600.0)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.01)
    works.wake.set()
    for _ in range(steps):  # of the event loop, between one and the other
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=PATIENCE_S)
    assert done


async def test_given_up_work_is_a_dead_letter_on_the_bus(works: Works, relay: Relay, kafka_bootstrap: str) -> None:
    case_id = new_id()
    async with units_of_work(works.database, "isolation", works.clock, works.wake)() as work:
        work.give_up(case_opened(case_id), "refused", "call, then replay", "send")
    await relay.turn()
    letters = [letter async for letter, _ in waiting(kafka_bootstrap, "isolation")]
    (letter,) = [one for one in letters if one.record.key == case_id.encode()]
    assert (letter.topic, letter.reason, letter.record.topic) == (CASES, "refused", topic_of("isolation"))


async def test_a_compacted_topic_ends_with_the_newest_event_of_each_key(
    works: Works, relay: Relay, kafka_bootstrap: str
) -> None:
    resident = new_id()
    for colour in (Colour.RED, Colour.YELLOW, Colour.GREEN):
        async with works.begin() as work:
            work.emit(standing(resident, colour))
    await relay.turn()
    colours = [event.colour for event in await events_of(kafka_bootstrap, STANDINGS) if event.key == resident]
    assert colours == ["red", "yellow", "green"]
