"""Who is where, in buckets: nothing is lost between recorders, and no resident is kept longer than stated (R2.7)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.checkpoint.domain.presence import Seen
from services.checkpoint.store.presence import PRESENCE_RETENTION, Presence
from services.checkpoint.usecases.recording import record
from shared.base.ids import new_id
from shared.bus.kafka import partitions
from shared.envelope.event import decode
from shared.events.checkpoint import PASSAGES, Direction, Verdict
from shared.store.mongo import Database
from tests.checkpoint.gate import COMPOUND, NOW, Gate, lives, scan
from tests.checkpoint.passing import OTHER_PATH, THERE, ago, passage
from tests.shared.samples import records_of


@pytest.fixture
def crowded(gate: Gate) -> Gate:
    """A gate whose recorders all write one bucket."""
    gate.service.deps.store.presence = Presence(gate.service.database, 1)
    return gate


async def test_recorders_that_write_one_bucket_at_once_lose_no_resident(crowded: Gate) -> None:
    residents = [new_id() for _ in range(40)]
    batches = [[crowded.service.stamp(passage(resident, ago(1)))] for resident in residents]
    await asyncio.gather(*(record(crowded.service.deps, passages) for passages in batches))
    assert await crowded.service.deps.store.presence.inside("/") == {COMPOUND: 40}


async def test_a_bucket_that_was_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    store, resident = Presence(database, 1), new_id()
    mine, other = (await store.of([resident]))[resident], (await store.of([resident]))[resident]
    other.residents["another resident"] = Seen(NOW, OTHER_PATH)
    assert await store.save([other], NOW) == set()
    mine.residents[resident] = Seen(NOW, COMPOUND)
    assert await store.save([mine], NOW) == {mine.id}
    assert await store.inside("/") == {OTHER_PATH: 1}


async def test_a_batch_that_comes_again_writes_no_bucket(gate: Gate) -> None:
    events = await gate.service.receive(*(passage(new_id(), ago(1)) for _ in range(20)))

    async def written() -> Any:
        return {row["_id"]: row["version"] async for row in gate.service.database["presence"].find()}

    before = await written()
    await gate.service.receive(*events)
    assert await written() == before


async def test_a_resident_who_goes_in_elsewhere_has_left(gate: Gate) -> None:
    resident = new_id()
    await gate.service.receive(passage(resident, ago(60)), passage(new_id(), ago(60)))
    await gate.service.receive(passage(resident, ago(30), **THERE))
    assert await gate.service.deps.store.presence.inside("/") == {COMPOUND: 1, OTHER_PATH: 1}


async def test_a_resident_who_was_not_let_through_stays_where_they_were(gate: Gate) -> None:
    resident = new_id()
    await gate.service.receive(passage(resident, ago(60)))
    await gate.service.receive(passage(resident, ago(30), direction=Direction.OUT, verdict=Verdict.DENY))
    assert await gate.service.deps.store.presence.inside("/") == {COMPOUND: 1}


async def test_of_two_passages_at_one_instant_the_same_counts_in_either_order(gate: Gate) -> None:
    for reverse in (False, True):
        resident = new_id()
        both = [passage(resident, ago(9)), passage(resident, ago(9), direction=Direction.OUT)]
        for one in reversed(both) if reverse else both:
            await gate.service.receive(one)
    assert await gate.service.deps.store.presence.inside("/") == {COMPOUND: 2}


async def test_a_resident_without_a_passage_for_ninety_days_is_forgotten(crowded: Gate) -> None:
    store, gone, still_here = crowded.service.deps.store.presence, new_id(), new_id()
    bucket = (await store.of([gone]))[gone]
    bucket.residents[gone] = Seen(NOW - PRESENCE_RETENTION - timedelta(seconds=1), COMPOUND)
    bucket.residents[still_here] = Seen(NOW - PRESENCE_RETENTION, COMPOUND)
    await store.save([bucket], NOW - timedelta(days=1))
    await crowded.service.receive(passage(new_id(), ago(1)))
    assert await store.inside("/") == {COMPOUND: 2}
    kept = (await store.of([gone]))[gone].residents
    assert gone not in kept
    assert still_here in kept


def inside_metric(area: str) -> float | None:
    return REGISTRY.get_sample_value("lastmetre_inside", {"area": area})


async def test_operators_read_how_many_are_inside_by_district(gate: Gate) -> None:
    await gate.service.receive(passage(new_id(), ago(3)), passage(new_id(), ago(2), **THERE))
    await gate.reads_gauges()
    assert inside_metric("/jinhe/hedong") == 2
    await gate.service.receive(passage(new_id(), ago(1)))
    await gate.reads_gauges()
    assert inside_metric("/jinhe/hedong") == 3


async def test_a_stored_passage_is_counted_once_for_operators(gate: Gate) -> None:
    def recorded() -> float:
        labels = {"direction": "out", "verdict": "recheck"}
        return REGISTRY.get_sample_value("lastmetre_passages_recorded_total", labels) or 0

    before = recorded()
    one, other = (passage(new_id(), ago(1), direction=Direction.OUT, verdict=Verdict.RECHECK) for _ in range(2))
    (event,) = await gate.service.receive(one)
    await gate.service.receive(event, other)
    assert recorded() == before + 2


async def test_whose_passages_lie_in_one_partition_lie_in_buckets_of_that_partition(gate: Gate) -> None:
    residents = [new_id() for _ in range(60)]
    gate.learns(*(lives(one, cards=[gate.hash_of("card", f"C{n}")]) for n, one in enumerate(residents)))
    answers = await gate.answers([scan("card", f"C{n}", seq=n) for n in range(len(residents))])
    ours = {answer["scan_id"] for answer in answers if answer["durable"]}
    records = await records_of(gate.service.settings.kafka_bootstrap, PASSAGES)
    lies = {one.key.decode(): one.partition for one in records if decode(one.headers, one.value).id in ours}
    assert sorted(lies) == sorted(residents)
    buckets = await gate.service.deps.store.presence.of(residents)
    count = len(await partitions(gate.service.settings.kafka_bootstrap, PASSAGES))
    assert {one: int(buckets[one].id.partition("/")[2]) % count for one in residents} == lies
