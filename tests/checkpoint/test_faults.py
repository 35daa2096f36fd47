"""The scan path with servers away (R2.4): a verdict in any case, and no scan lost, stored twice or half done."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from services.checkpoint import scanlog
from services.checkpoint.settings import Settings
from services.checkpoint.usecases import InFlight
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.base.settings import Role
from shared.events.checkpoint import PASSAGES
from shared.store.mongo import Database
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, build, gate_at, scan
from tests.support.bus import BusServer, start_empty
from tests.support.service import ServiceUnderTest, settings_for
from tests.support.waiting import PATIENCE_S, eventually

NEVER_S = 3600.0


@pytest_asyncio.fixture
async def cut_off(
    database: Database, fresh_kafka: BusServer, mongo_url: str, issuer: Issuer, tmp_path: Path
) -> AsyncIterator[Gate]:
    """A gate on a bus of its own, which the test may kill."""
    settings = settings_for(Settings, database, fresh_kafka.bootstrap, mongo_url, issuer, tmp_path / "keys")
    made = ServiceUnderTest(build(settings, FixedClock(NOW)), settings, database, issuer)
    await made.start()
    gate = Gate(made)
    await gate.open()
    gate.learns(gate_at(COMPOUND))
    yield gate
    await gate.close()
    await made.end()


async def test_without_a_bus_the_gate_decides_and_the_scan_is_stored_once_when_it_is_sent_again(
    cut_off: Gate, fresh_kafka: BusServer
) -> None:
    fever = scan(temperature_c=38.0)
    assert (await cut_off.answer(scan()))["durable"]
    fresh_kafka.kill()
    for _ in range(3):
        answer = await cut_off.answer(fever)
        assert (answer["verdict"], answer["durable"]) == ("deny", False)
    await start_empty(fresh_kafka)

    async def is_durable() -> bool:
        return bool((await cut_off.answer(fever))["durable"])

    await eventually(is_durable)
    await cut_off.service.receive(*cut_off.passages)
    stored = cut_off.service.database["passages"]
    assert await stored.count_documents({"_id": fever["scan_id"]}) == 1
    assert len(await cut_off.service.emitted()) == 1  # the fever


async def test_a_process_keeps_no_scans_for_a_bus_that_is_away(
    cut_off: Gate, fresh_kafka: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanlog, "PROBE_EVERY_S", NEVER_S)
    assert (await cut_off.answer(scan()))["durable"]
    fresh_kafka.kill()
    await cut_off.answers([scan() for _ in range(100)])
    kept = cut_off.waiting_bytes
    for _ in range(5):
        answers = await cut_off.answers([scan() for _ in range(1000)])
        assert not any(answer["durable"] for answer in answers)
    assert cut_off.waiting_bytes <= kept
    assert cut_off.service.deps.in_flight.scans == 0


async def test_one_request_tries_the_bus_again_and_the_others_do_not_wait_for_it(
    cut_off: Gate, fresh_kafka: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = cut_off.service.deps.log
    assert (await cut_off.answer(scan()))["durable"]
    fresh_kafka.kill()
    monkeypatch.setattr(scanlog, "PROBE_EVERY_S", 0.0)
    assert not (await cut_off.answer(scan()))["durable"]
    monkeypatch.setattr(scanlog, "PROBE_EVERY_S", NEVER_S)
    monkeypatch.setattr(log, "_timeout_s", NEVER_S)
    probe = asyncio.create_task(cut_off.answer(scan()))
    await eventually(lambda: len(cut_off.passages) == 3)
    answers = await asyncio.gather(*(cut_off.answer(scan()) for _ in range(20)))
    assert not any(answer["durable"] for answer in answers)
    assert not probe.done()
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    assert cut_off.service.deps.in_flight.scans == 0


async def test_scans_that_arrived_are_durable_and_others_are_not(
    cut_off: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One partition without a leader holds up its own scans alone."""
    partitions = len(await cut_off._producer.partitions_for(PASSAGES))
    lost, well = (_subject_on(partition, partitions) for partition in (0, 1))
    send = cut_off._producer.send_batch

    async def lame(batch: Any, topic: str, *, partition: int) -> Any:
        if partition == 0:
            return asyncio.get_running_loop().create_future()
        return await send(batch, topic, partition=partition)

    monkeypatch.setattr(cut_off._producer, "send_batch", lame)
    answers = await cut_off.answers([scan(scan_id=one) for one in (well, lost, _subject_on(1, partitions))])
    assert [answer["durable"] for answer in answers] == [True, False, True]
    alone = asyncio.create_task(cut_off.answer(scan(scan_id=lost)))
    await eventually(lambda: len(cut_off.passages) == 4)
    assert (await cut_off.answer(scan(scan_id=_subject_on(1, partitions))))["durable"]
    assert not (await alone)["durable"]
    assert (await cut_off.answer(scan(scan_id=_subject_on(2, partitions))))["durable"]
    assert cut_off.service.deps.log.kept_bytes == 0  # what waited for the lost one is dropped: the device has it


def _subject_on(number: int, partitions: int) -> str:
    """Return a new scan id whose passage, a stranger's, goes to that partition."""
    return next(one for one in iter(new_id, "") if zlib.crc32(one.encode()) % partitions == number)


async def test_too_many_scans_in_flight_are_sent_away_before_anything_is_begun(
    cut_off: Gate, fresh_kafka: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight: InFlight = cut_off.service.deps.in_flight
    in_flight.limit = 1000
    monkeypatch.setattr(cut_off.service.deps.log, "_timeout_s", NEVER_S)
    fresh_kafka.kill()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(cut_off.answers([scan() for _ in range(1000)]))
        await eventually(lambda: len(cut_off.passages) == 1000)
        assert in_flight.scans == REGISTRY.get_sample_value("lastmetre_scans_in_flight") == 1000
        for refused in (await cut_off.post_many([scan()]), await cut_off.post(scan()), await cut_off.post(b"broken")):
            assert (refused.status_code, refused.json()["code"]) == (503, "checkpoint.busy")
            assert refused.headers["retry-after"] == "1"
        assert len(cut_off.passages) == 1000
        await start_empty(fresh_kafka)
    assert len(waiting.result()) == 1000
    assert in_flight.scans == REGISTRY.get_sample_value("lastmetre_scans_in_flight") == 0
    assert (await cut_off.post(scan())).status_code == 200


async def test_a_body_of_unknown_length_counts_by_what_it_holds(gate: Gate) -> None:
    in_flight: InFlight = gate.service.deps.in_flight
    in_flight.limit = 10

    async def streamed(count: int) -> Any:
        yield json.dumps([scan() for _ in range(count)]).encode()

    refused = await gate.device.post("/v1/scans/batch", content=streamed(20))
    assert (refused.status_code, refused.json()["code"]) == (503, "checkpoint.busy")
    assert (await gate.device.post("/v1/scans/batch", content=streamed(1))).status_code == 200


async def test_a_request_that_fails_gives_its_place_in_flight_back(gate: Gate) -> None:
    for body in (b"[", b"x" * 3_000_000):
        await gate.post_many(body)
    assert gate.service.deps.in_flight.scans == 0


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedMongo]:
    """A store of the test's own."""
    with EmbeddedMongo(tmp_path / "store", tmp_path, durable=False) as server:
        yield server


async def test_scans_are_durable_with_the_store_away_even_from_a_process_that_starts_now(
    store: EmbeddedMongo, database: Database, kafka_bootstrap: str, issuer: Issuer, tmp_path: Path
) -> None:
    settings = settings_for(Settings, database, kafka_bootstrap, store.url, issuer, tmp_path / "keys")
    apart = settings.model_copy(update={"role": Role.API, "produce_timeout_s": PATIENCE_S})
    async with AsyncExitStack() as stack:
        before = await _serving(stack, apart, issuer)
        store.kill()
        after = await _serving(stack, apart, issuer)
        for client in (before, after):
            answers = (await client.post("/v1/scans/batch", json=[scan() for _ in range(50)])).json()
            assert all(answer["durable"] for answer in answers)
            assert "store" not in (await client.get("/health/ready")).json()["checks"]


async def _serving(stack: AsyncExitStack, settings: Any, issuer: Issuer) -> httpx.AsyncClient:
    app = build(settings, FixedClock(NOW))
    await stack.enter_async_context(app.router.lifespan_context(app))
    token = issuer.mint("device", area=COMPOUND, gate=GATE)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gate", headers={"Authorization": f"Bearer {token}"}
    )
    await stack.enter_async_context(client)

    async def connected() -> bool:
        return bool((await client.post("/v1/scans", json=scan())).json()["durable"])

    await eventually(connected)
    return client
