"""Dead letters: what is listed, and what a replay hands to whom."""

import pytest
from aiokafka import AIOKafkaProducer

from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.bus.consumer import EventConsumer
from shared.bus.dead_letters import DeadLetters, replay, waiting
from shared.bus.kafka import MAX_MESSAGE_BYTES
from shared.bus.receiver import Receiver
from shared.envelope.event import Event
from shared.envelope.letters import letter, read, topic_of
from shared.events.isolation import CASES, CaseOpened
from shared.events.registration import STANDINGS, StandingChanged
from tests.shared.samples import NOON, case_opened, record_of, records_of, stamped, standing

pytestmark = pytest.mark.broker

SERVICE = "notification"


class Reader:
    """A service that reads its own dead letters, as it does everything else on the bus."""

    def __init__(self, producer: AIOKafkaProducer, bootstrap: str, group: str = SERVICE) -> None:
        self.bootstrap = bootstrap
        self.broken = False
        self.handled: list[str] = []
        consumer = EventConsumer[None](group)
        consumer.on(CaseOpened, StandingChanged)(self._note)
        self.receiver = Receiver(consumer, DeadLetters(producer, SERVICE), FixedClock(NOON), None, ())

    async def _note(self, _: None, event: Event) -> None:
        if self.broken:
            raise KeyError("a mistake")
        self.handled.append(event.key)

    async def read_dead_letters(self) -> None:
        """Handle everything on the dead-letter topic, as at the start of a group."""
        self.handled.clear()
        await self.receiver.handle(await records_of(self.bootstrap, topic_of(SERVICE)))


@pytest.fixture
def reader(producer: AIOKafkaProducer, kafka_bootstrap: str) -> Reader:
    """A service."""
    return Reader(producer, kafka_bootstrap)


async def waiting_for(bootstrap: str, *keys: str) -> list[str]:
    letters = [one async for one, _ in waiting(bootstrap, SERVICE)]
    return [one.record.key.decode() for one in letters if one.record.key in {key.encode() for key in keys}]


async def test_after_the_fix_a_replay_has_the_message_handled_and_nothing_waits_any_more(
    reader: Reader, kafka_bootstrap: str
) -> None:
    event = stamped(case_opened())
    reader.broken = True
    await reader.receiver.handle([record_of(event, 41, partition=3)])
    assert await waiting_for(kafka_bootstrap, event.key) == [event.key]
    reader.broken = False
    await reader.read_dead_letters()
    assert event.key not in reader.handled  # it only lies there
    assert await replay(kafka_bootstrap, SERVICE) >= 1
    await reader.read_dead_letters()
    assert reader.handled.count(event.key) == 1
    assert await waiting_for(kafka_bootstrap, event.key) == []
    assert await replay(kafka_bootstrap, SERVICE) == 0


async def test_what_fails_again_is_a_new_dead_letter_that_still_tells_the_first_place(
    reader: Reader, kafka_bootstrap: str
) -> None:
    event = stamped(case_opened())
    reader.broken = True
    await reader.receiver.handle([record_of(event, 41, partition=3)])
    await replay(kafka_bootstrap, SERVICE)
    await reader.read_dead_letters()
    assert await waiting_for(kafka_bootstrap, event.key) == [event.key]
    last = [read(record) for record in await records_of(kafka_bootstrap, topic_of(SERVICE))][-1]
    assert not last.replayed
    letters = [one async for one, _ in waiting(kafka_bootstrap, SERVICE) if one.record.key == event.key.encode()]
    assert [(one.topic, one.partition, one.offset) for one in letters] == [(CASES, 3, 41)]
    await replay(kafka_bootstrap, SERVICE)


async def test_a_replay_puts_no_old_event_behind_a_newer_one_of_its_key(reader: Reader, kafka_bootstrap: str) -> None:
    event = stamped(standing())
    reader.broken = True
    await reader.receiver.handle([record_of(event)])
    await replay(kafka_bootstrap, SERVICE)
    assert event.key.encode() not in {record.key for record in await records_of(kafka_bootstrap, STANDINGS)}


async def test_a_replayed_message_is_for_the_group_that_could_not_handle_it(
    reader: Reader, producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    event = stamped(case_opened())
    reader.broken = True
    await reader.receiver.handle([record_of(event)])
    await replay(kafka_bootstrap, SERVICE)
    other = Reader(producer, kafka_bootstrap, group=f"{SERVICE}.other")
    await other.read_dead_letters()
    assert event.key not in other.handled


async def test_given_up_work_resumes_with_its_event_on_its_own_topic(
    producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    event = case_opened().stamped(stamped(case_opened()).meta._replace(source=SERVICE))
    wire = letter(event, "refused", "call, then replay", "send")
    await producer.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    await replay(kafka_bootstrap, SERVICE)
    assert event.key.encode() in {record.key for record in await records_of(kafka_bootstrap, CASES)}


async def test_a_forged_record_is_given_up_where_the_operator_says_so(
    reader: Reader, producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    forged, refused = stamped(case_opened()), stamped(case_opened())
    await DeadLetters(producer, SERVICE).bury(record_of(forged), "forged", "no MAC", "decode", SERVICE)
    await DeadLetters(producer, SERVICE).bury(record_of(refused), "failed", "a mistake", "on_case", SERVICE)
    await replay(kafka_bootstrap, SERVICE, drop=["forged"])
    assert await waiting_for(kafka_bootstrap, forged.key) == []
    await reader.read_dead_letters()
    assert refused.key in reader.handled
    assert forged.key not in reader.handled


async def test_a_record_too_large_for_a_dead_letter_is_kept_by_its_place_and_reason(
    producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    key = new_id()
    largest = record_of(stamped(case_opened()), 7, key=key.encode(), value=b"x" * (MAX_MESSAGE_BYTES - 100))
    await DeadLetters(producer, SERVICE).bury(largest, "invalid", "no", "decode")
    (kept,) = [r for r in await records_of(kafka_bootstrap, topic_of(SERVICE)) if r.key == key.encode()]
    assert kept.value is None
    assert (read(kept).offset, read(kept).reason) == (7, "invalid")


async def test_a_record_that_is_no_dead_letter_is_listed_and_stops_no_replay(
    reader: Reader, producer: AIOKafkaProducer, kafka_bootstrap: str
) -> None:
    key = new_id()
    headers = [("dl_partition", b"none"), ("dl_offset", b"\xff"), ("dl_topic", None)]
    await producer.send_and_wait(topic_of(SERVICE), b"{}", key=key.encode(), headers=headers)
    assert await waiting_for(kafka_bootstrap, key) == [key]
    await replay(kafka_bootstrap, SERVICE)
    await reader.read_dead_letters()
    assert await waiting_for(kafka_bootstrap, key) == [key]  # it came back as what it is
    await replay(kafka_bootstrap, SERVICE)


async def test_a_topic_that_is_missing_is_reported(kafka_bootstrap: str) -> None:
    with pytest.raises(LookupError, match="lastmetre topics create"):
        _ = [one async for one in waiting(kafka_bootstrap, "nobody")]
