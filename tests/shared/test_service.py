"""A service's process: what it tells orchestrators, how it starts without its servers, how it ends."""

import asyncio
from pathlib import Path

import pytest

from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.servers.embedded import EmbeddedMongo
from shared.base.clock import SystemClock
from shared.base.settings import Role
from shared.envelope.event import contracts_of
from shared.events.isolation import MEASUREMENTS, MeasurementReported
from shared.outbox.relay import Relay
from shared.store.mongo import Database
from tests.shared.running import DUE, RETIRED_INDEX, Running, build, running
from tests.shared.samples import committed, events_of, measured
from tests.support.bus import BusServer, lose_everything
from tests.support.waiting import eventually

pytestmark = pytest.mark.broker


@pytest.fixture
def made(kafka_bootstrap: str, mongo_url: str, database: Database, issuer: Issuer) -> Running:
    """A service that does not run yet."""
    return build(kafka_bootstrap, mongo_url, database.name, issuer)


async def test_a_process_lives_before_it_is_ready_and_says_what_is_missing(made: Running) -> None:
    async with made.client as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "checks": {"store": False, "consumers": False, "tasks": True},
    }


async def test_asyncapi_names_what_is_published_and_what_is_read_with_their_shapes(made: Running) -> None:
    async with made.client as client:
        document = (await client.get("/asyncapi.json")).json()
    assert document["info"]["title"] == "Lastmetre isolation"
    operations = {name: one["action"] for name, one in document["operations"].items()}
    published = {contract.type: "send" for contract in contracts_of("isolation")}
    of_all = ("registration.AccessRevoked.v1", "registration.BreakGlassChanged.v1")  # every service reads these
    read = ("isolation.MeasurementReported.v1", *of_all)
    assert operations == published | {f"{event}:read": "receive" for event in read}
    assert document["channels"]["isolation.MeasurementReported.v1:read"]["address"] == MEASUREMENTS
    assert "case_id" in document["components"]["schemas"][MeasurementReported.__name__]["properties"]


async def test_the_half_that_serves_http_consumes_nothing_and_the_half_that_works_serves_nothing(
    kafka_bootstrap: str, mongo_url: str, database: Database, issuer: Issuer
) -> None:
    def half(role: Role) -> Running:
        return build(kafka_bootstrap, mongo_url, database.name, issuer, role)

    async with running(half(Role.API)) as api:
        assert (await api.checks()).keys() == {"store", "tasks"}
        async with api.client as client:
            assert (await client.post("/cases/case-of-an-api")).status_code == 200

        async def published() -> bool:
            return "case-of-an-api" in {event.key for event in await events_of(kafka_bootstrap, MEASUREMENTS)}

        await eventually(published)
    async with half(Role.WORKER).client as client:
        assert (await client.post("/cases/case-2")).status_code == 404
        assert (await client.get("/health/live")).status_code == 200


async def test_a_process_starts_while_its_servers_are_away_and_is_ready_when_they_have_come(
    fresh_kafka: BusServer, issuer: Issuer, tmp_path: Path
) -> None:
    store = EmbeddedMongo(tmp_path / "store", tmp_path)
    fresh_kafka.kill()
    service = build(fresh_kafka.bootstrap, store.url, "t", issuer)
    async with running(service, wait=False):
        await asyncio.sleep(0.2)
        assert not (await service.checks())["store"]
        await asyncio.to_thread(store.start)
        await lose_everything(fresh_kafka)
        await eventually(service.ready)
        await asyncio.to_thread(store.kill)

        async def away() -> bool:
            return not (await service.checks())["store"]

        await eventually(away)
        async with service.client as client:
            answer = await client.post("/cases/case-1")
        assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
        await asyncio.to_thread(store.start)
        await eventually(service.ready)
    await asyncio.to_thread(store.stop)


async def test_what_is_in_hand_ends_and_is_published_before_the_process_does(
    fresh_kafka: BusServer, mongo_url: str, database: Database, issuer: Issuer
) -> None:
    service = build(fresh_kafka.bootstrap, mongo_url, database.name, issuer)
    async with running(service):
        async with service.deps.unit_of_work() as work:
            await service.deps.deadlines.schedule(work, DUE, "deadline-1", SystemClock().now())
        await service.publish([measured("case-1"), measured("case-1b")])
        await eventually(lambda: {"case-1", "deadline-1"} <= set(service.deps.begun))
        asyncio.get_running_loop().call_later(0.5, service.deps.go_on.set)
    assert "case-1" in service.deps.handled
    assert "deadline-1" in service.deps.handled
    assert await database["inbox"].count_documents({}) == len([k for k in service.deps.handled if k != "deadline-1"])
    assert await database["deadlines"].count_documents({"state": "done"}) == 1


async def test_what_will_not_end_is_cut_short_and_left_to_the_next_process(
    fresh_kafka: BusServer, mongo_url: str, database: Database, issuer: Issuer
) -> None:
    async with running(build(fresh_kafka.bootstrap, mongo_url, database.name, issuer)) as service:
        await service.publish([measured("case-1")])
        await eventually(lambda: service.deps.begun)
    assert service.deps.handled == []
    assert await committed(fresh_kafka.bootstrap, MEASUREMENTS) == 0


@pytest.mark.parametrize("mistake", [KeyError("x"), asyncio.CancelledError()], ids=lambda error: type(error).__name__)
async def test_background_work_that_dies_of_a_mistake_is_logged_and_begun_again(
    made: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, mistake: BaseException
) -> None:
    monkeypatch.setattr("shared.process.RETRY_S", 0.3)
    real, failures = Relay.turn, [mistake]

    async def fails_once(relay: Relay) -> None:
        if failures:
            raise failures.pop()
        await real(relay)

    monkeypatch.setattr(Relay, "turn", fails_once)
    async with running(made, wait=False):

        async def well() -> bool:
            return (await made.checks())["tasks"]

        async def not_well() -> bool:
            return not await well()

        await eventually(not_well, poll=0.01)
        await eventually(well)
    assert "background work died: relay" in [record.getMessage() for record in caplog.records]


async def test_background_work_that_fails_as_it_is_stopped_is_not_begun_again(
    made: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(relay: Relay) -> None:
        raise KeyError("x")

    monkeypatch.setattr(Relay, "_end", fails)
    async with running(made):
        pass
    errors = [record.getMessage() for record in caplog.records if record.name.startswith("shared.")]
    assert "did not end well: relay" in errors
    assert not [error for error in errors if "did not end in" in error or "died" in error]


async def test_an_index_of_an_earlier_version_is_gone_once_a_process_is_ready(
    made: Running, database: Database
) -> None:
    await database["state"].create_index("key", unique=True, name=RETIRED_INDEX)
    async with running(made):
        assert set(await database["state"].index_information()) == {"_id_"}
