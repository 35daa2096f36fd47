"""What a service writes is signed, whatever writes it; and what was written before is signed once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from services.checkpoint.domain.passage import Passage
from services.checkpoint.scanlog import ScanLog
from shared.base.clock import machine_time
from shared.base.ids import new_id
from shared.bus import consumer as bus
from shared.envelope.event import MARKER_TYPE, Stamp, attributes_of, decode
from shared.envelope.macs import HEADER, OFF, Macs
from shared.events.checkpoint import PASSAGES, CredentialKind, Direction, PassageRecorded, Verdict
from shared.events.registration import STANDINGS, Colour
from shared.outbox.relay import Relay
from tests.security.conftest import MakeMacs
from tests.shared.conftest import Works, works
from tests.shared.owning import PUBLISHES, say
from tests.shared.samples import AREA, records_of
from tests.support.bus import BusServer

__all__ = ["works"]


@pytest_asyncio.fixture
async def owner(fresh_kafka: BusServer) -> AsyncIterator[AIOKafkaProducer]:
    """The owner's producer."""
    producer = bus.producer(fresh_kafka.bootstrap)
    await producer.start()
    yield producer
    await producer.stop()


class Owner:
    """A service that publishes standings; `turn` has a relay of its take one turn."""

    def __init__(self, works: Works, producer: AIOKafkaProducer, kafka: BusServer) -> None:
        self.works, self.producer, self.kafka = works, producer, kafka

    async def turn(self, macs: Macs = OFF) -> None:
        await self.works.database["leases"].delete_many({})
        served = (self.works.database, self.producer, self.kafka.bootstrap, "registration", PUBLISHES)
        relay = Relay(*served, self.works.wake, self.works.clock, macs)
        await relay.turn()
        await relay.close()

    async def signed(self) -> list[tuple[str, int | None]]:
        """Return the records of the topic in their order: a key or `marker`, and the number of the key that signed."""
        records = await records_of(self.kafka.bootstrap, STANDINGS)
        return [(name_of(record), number_of(record)) for record in sorted(records, key=lambda r: r.timestamp)]


def name_of(record: Any) -> str:
    is_marker = attributes_of(record.headers).get("ce_type") == MARKER_TYPE
    return "marker" if is_marker else record.key.decode()


def number_of(record: Any) -> int | None:
    mac = dict(record.headers).get(HEADER)
    return mac[0] if mac else None


async def test_events_and_marks_are_signed_and_what_was_published_before_is_published_signed_before_any_mark(
    works: Works, owner: AIOKafkaProducer, fresh_kafka: BusServer, macs_of: MakeMacs
) -> None:
    service = Owner(works, owner, fresh_kafka)
    await say(works, Colour.RED, resident_id="r1")
    await service.turn()  # the version before
    before = await service.signed()
    assert ("r1", None) in before
    await service.turn(macs_of("registration"))
    records = await records_of(fresh_kafka.bootstrap, STANDINGS)
    for record in records[:]:
        if number_of(record) is not None:
            macs_of("checkpoint").check(STANDINGS, record.key, record.value, record.headers)
    after = [one for one in await service.signed() if one[1] is not None]
    assert ("r1", 1) in after
    assert ("marker", 1) in after
    place = next(r for r in records if name_of(r) == "r1" and number_of(r)).partition
    of_partition = [r for r in records if r.partition == place and number_of(r)]
    names = [name_of(r) for r in sorted(of_partition, key=lambda r: r.offset)]
    assert names.index("r1") < names.index("marker")  # else a gate would take a list with holes for complete


async def test_a_topic_is_published_signed_twice_and_again_under_another_key(
    works: Works,
    owner: AIOKafkaProducer,
    fresh_kafka: BusServer,
    macs_of: MakeMacs,
    event_files: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service, now = Owner(works, owner, fresh_kafka), machine_time()
    await say(works, Colour.RED, resident_id="r1")
    await service.turn()

    async def counted(macs: Macs) -> list[int | None]:
        await service.turn(macs)
        return [number for name, number in await service.signed() if name == "r1"]

    macs = macs_of("registration")
    first = await counted(macs)
    assert set(first) == {None, 1}
    assert await counted(macs) == first  # once
    monkeypatch.setattr("shared.outbox.signed.machine_time", lambda: now + timedelta(minutes=16))
    second = await counted(macs)  # what another process wrote unsigned since is overtaken
    assert len(second) > len(first)
    assert await counted(macs) == second
    file = event_files["registration"]
    file.write_text(file.read_text() + "2 " + "A" * 43 + "=\n")
    third = await counted(macs_of("registration"))
    assert third[: len(second)] == second
    assert set(third[len(second) :]) == {2}


async def test_a_passage_is_signed_on_its_short_way(
    owner: AIOKafkaProducer, fresh_kafka: BusServer, works: Works, macs_of: MakeMacs
) -> None:
    log = ScanLog(lambda: owner, 5.0, macs_of("checkpoint"))
    passage = a_passage(works)
    stamp = Stamp(PassageRecorded, works.clock.now(), "checkpoint", "")
    assert await log.append([passage], stamp) == [True]
    (record,) = await records_of(fresh_kafka.bootstrap, PASSAGES)
    macs_of("checkpoint").check(PASSAGES, record.key, record.value, record.headers)
    assert decode(record.headers, record.value, PASSAGES).key == passage.subject


def a_passage(works: Works) -> Passage:
    now, ways = works.clock.now(), (Direction.OUT, CredentialKind.CODE, Verdict.ALLOW)
    return Passage("r1", new_id(), "gate-01", AREA, "device-1", 1, now, now, *ways)
