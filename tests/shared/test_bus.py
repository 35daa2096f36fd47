"""A running service on the bus: nothing lost and nothing twice, whatever comes and goes."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.launcher.servers.topics import create_missing
from shared.base.ids import new_id
from shared.bus import consumer as bus
from shared.bus.dead_letters import replay, waiting
from shared.envelope.event import attributes_of, encode
from shared.events.isolation import MEASUREMENTS
from shared.events.registration import STANDINGS
from shared.store.mongo import Database
from tests.shared.running import Running, build, lag, running
from tests.shared.samples import committed, events_of, measured, records_of, stamped
from tests.support.bus import BusServer, lose_everything, start_bare
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.broker

ASKED = "0192f0c1-5a00-7000-8000-00000000000a"  # the correlation id of a doctor's request
Make = Callable[[], Running]


@pytest.fixture
def make(fresh_kafka: BusServer, mongo_url: str, database: Database, issuer: Issuer) -> Make:
    """Makes replicas of one service."""
    return lambda: build(fresh_kafka.bootstrap, mongo_url, database.name, issuer)


async def test_a_correlation_id_goes_from_a_request_through_outbox_and_bus_into_what_the_handler_says(
    make: Make, fresh_kafka: BusServer
) -> None:
    async with running(make()) as service:
        service.deps.go_on.set()
        async with service.client as client:
            await client.post("/cases/case-1", headers={"X-Correlation-Id": ASKED})
        await eventually(lambda: service.deps.handled == ["case-1"])
        assert service.deps.correlations == [ASKED]

        async def read_answers() -> list[dict[str, str]]:
            records = await records_of(fresh_kafka.bootstrap, STANDINGS)
            return [attributes_of(record.headers) for record in records if record.key == b"case-1"]

        (answer,) = await eventually(read_answers)
        (asked,) = await events_of(fresh_kafka.bootstrap, MEASUREMENTS)
        assert (answer["ce_correlationid"], answer["ce_causationid"]) == (ASKED, asked.id)


async def test_lag_is_measured_from_the_first_moment_until_the_last_record_is_handled(
    make: Make, fresh_kafka: BusServer
) -> None:
    sender = bus.producer(fresh_kafka.bootstrap)
    await sender.start()
    wire = encode(stamped(measured()))  # a single one: nothing else tells that there is work
    await sender.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    await sender.stop()
    service, lags = make(), []
    async with running(service):
        await eventually(lambda: lags.append(lag()) or service.deps.begun)
        for _ in range(20):
            lags.append(lag())
            await asyncio.sleep(0.1)
        assert all(lags)
        service.deps.go_on.set()
        await eventually(lambda: lag() == 0)
        assert len(service.deps.handled) == 1


async def test_what_is_in_hand_ends_before_its_partition_goes_to_another_member_and_nothing_is_done_twice(
    make: Make,
) -> None:
    keys = [new_id() for _ in range(40)]
    first, second = make(), make()
    second.deps.go_on.set()
    async with running(first):
        await first.publish([measured(key) for key in keys])
        await eventually(lambda: first.deps.begun)
        async with running(second, wait=False):
            await eventually(partial(_gives_way, first))
            in_hand = list(first.deps.begun)
            with pytest.raises(AssertionError):  # no process takes a partition whose record is in hand
                await eventually(second.ready, 6)
            assert second.deps.begun == []
            first.deps.go_on.set()
            await eventually(lambda: set(first.deps.handled) | set(second.deps.handled) == set(keys))
            assert set(in_hand) <= set(first.deps.handled)
            assert sorted(first.deps.begun + second.deps.begun) == sorted(keys)
            assert second.deps.handled


async def _gives_way(service: Running) -> bool:
    return not (await service.checks())["consumers"]


async def test_while_the_store_is_away_nothing_is_acknowledged_and_afterwards_everything_is_done_once(
    fresh_kafka: BusServer, issuer: Issuer, tmp_path: Path
) -> None:
    keys = [new_id() for _ in range(12)]
    with EmbeddedMongo(tmp_path / "store", tmp_path) as store:
        async with running(build(fresh_kafka.bootstrap, store.url, "t", issuer)) as service:
            service.deps.go_on.set()
            store.kill()
            await service.publish([measured(key) for key in keys])
            await eventually(lambda: service.deps.begun)
            assert await committed(fresh_kafka.bootstrap, MEASUREMENTS) == 0
            await asyncio.to_thread(store.start)
            await eventually(lambda: set(service.deps.handled) == set(keys))
            assert sorted(service.deps.handled) == sorted(keys)

            async def all_acknowledged() -> bool:
                return await committed(fresh_kafka.bootstrap, MEASUREMENTS) == len(keys)

            await eventually(all_acknowledged)
            assert [one async for one, _ in waiting(fresh_kafka.bootstrap, "isolation")] == []


async def _published(service: Running, keys: Sequence[str]) -> bool:
    try:
        await service.publish([measured(key) for key in keys])
    except KafkaError as error:
        raise AssertionError(str(error)) from None
    return True


@pytest.mark.parametrize("topics_are_late", [False, True])
async def test_a_running_consumer_outlives_the_loss_of_the_bus(
    make: Make, fresh_kafka: BusServer, caplog: pytest.LogCaptureFixture, topics_are_late: bool
) -> None:
    async with running(make()) as service:
        service.deps.go_on.set()
        await service.publish([measured(f"before-{number}") for number in range(9)])
        await eventually(lambda: len(service.deps.handled) == 9)
        fresh_kafka.kill()
        await start_bare(fresh_kafka)
        if topics_are_late:
            await eventually(lambda: f"Topic {MEASUREMENTS} not found in cluster metadata" in caplog.text)
        await create_missing(fresh_kafka.bootstrap, within_s=PATIENCE_S)
        after = [f"after-{number}" for number in range(9)]
        await eventually(partial(_published, service, after))
        await eventually(lambda: set(after) <= set(service.deps.handled))
        await eventually(lambda: lag() == 0)


async def test_a_commit_that_was_under_way_as_the_bus_was_lost_passes_over_nothing_on_the_new_one(
    make: Make, fresh_kafka: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, held, filled = GroupCoordinator._do_commit_offsets, asyncio.Event(), asyncio.Event()

    async def late(coordinator: GroupCoordinator, assignment: Any, offsets: Any) -> None:
        held.set()
        while not filled.is_set() or coordinator.generation > 0:  # until the new bus reports that it knows no member
            await asyncio.sleep(0.02)
        monkeypatch.undo()
        await commit(coordinator, assignment, offsets)

    async with running(make()) as service:
        service.deps.go_on.set()
        monkeypatch.setattr(GroupCoordinator, "_do_commit_offsets", late)
        await service.publish([measured(f"before-{number}") for number in range(40)])
        await held.wait()
        await lose_everything(fresh_kafka)
        after = [f"after-{number}" for number in range(40)]
        await eventually(partial(_published, service, after))
        filled.set()
        await eventually(lambda: set(after) <= set(service.deps.handled))


async def test_after_the_fix_a_replay_reaches_the_running_service(make: Make, fresh_kafka: BusServer) -> None:
    async with running(make()) as service:
        service.deps.go_on.set()
        service.deps.broken.set()
        await service.publish([measured("case-1")])

        async def buried() -> bool:
            return bool([one async for one, _ in waiting(fresh_kafka.bootstrap, "isolation")])

        await eventually(buried)
        service.deps.broken.clear()
        assert await replay(fresh_kafka.bootstrap, "isolation") == 1
        await eventually(lambda: service.deps.handled == ["case-1"])
        assert not await buried()
        assert len(await events_of(fresh_kafka.bootstrap, MEASUREMENTS)) == 1  # no other consumer gets the record again
