"""The bus over mutual TLS, as it is on Kubernetes: a broker behind a door that asks for certificates."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.kafka.cluster import ApacheKafka
from deploy.launcher.errors import ServerUnreachable
from deploy.launcher.processes.child import free_port
from deploy.launcher.servers.embedded import EmbeddedKafka
from deploy.launcher.servers.topics import create_missing, partitions_of
from deploy.topics import load_topics
from shared.bus import consumer as bus
from shared.bus import dead_letters
from shared.envelope import letters
from shared.events.isolation import CaseOpened
from tests.deploy.authority import HOST, Authority
from tests.support.bus import APACHE, BusServer
from tests.support.waiting import PATIENCE_S


class KafkaBehindTls(EmbeddedKafka):
    """A broker that tells its clients the address of the door before it."""

    door = 0

    def command(self) -> Sequence[str]:
        *rest, flag, _, engine, where = super().command()
        return [*rest, flag, f"tcp://{HOST}:{self.door}", engine, where]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whose certificates the bus believes."""
    return Authority(tmp_path / "certificates")


@pytest_asyncio.fixture
async def tls_bootstrap(tmp_path: Path, authority: Authority) -> AsyncIterator[str]:
    """The address of a bus that speaks to no client without a certificate."""
    server, door_port, inner_port = _with_door(tmp_path)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(HOST, inner_port)
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    await asyncio.to_thread(server.start)
    door = await asyncio.start_server(pass_on, HOST, door_port, ssl=authority.server())
    yield f"{HOST}:{door_port}"
    door.close()
    await asyncio.to_thread(server.kill)


def _with_door(directory: Path) -> tuple[BusServer, int, int]:
    if APACHE:
        apache = ApacheKafka(directory / "storage", directory, doors=True)
        return apache, apache.nodes[0].door, apache.nodes[0].door_port
    server = KafkaBehindTls(directory)
    server.door = free_port([server.port])
    return server, server.door, server.port


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()


def _show(monkeypatch: pytest.MonkeyPatch, authority: Authority, name: str | None) -> None:
    monkeypatch.setenv("LASTMETRE_KAFKA_CA", str(authority.ca))
    if name is not None:
        certificate, key = authority.sign(name)
        monkeypatch.setenv("LASTMETRE_KAFKA_CERTIFICATE", str(certificate))
        monkeypatch.setenv("LASTMETRE_KAFKA_KEY", str(key))


async def test_every_kind_of_client_reaches_a_bus_that_asks_for_certificates(
    tls_bootstrap: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    _show(monkeypatch, authority, "supply")
    made = await create_missing(tls_bootstrap)
    assert set(made) == {topic.name for topic in load_topics()}
    producer = bus.producer(tls_bootstrap)
    await producer.start()
    await producer.send_and_wait(letters.topic_of("supply"), b"{}", headers=[("dl_reason", b"broken")])
    await producer.stop()
    waiting = [letter.reason async for letter, _ in dead_letters.waiting(tls_bootstrap, "supply")]
    assert waiting == ["broken"]
    broker = bus.broker(tls_bootstrap, "isolation", [CaseOpened])
    await broker.start()
    assert await broker.ping(timeout=PATIENCE_S)
    await broker.stop()


@pytest.mark.parametrize("knows_the_authority", [True, False])
async def test_a_client_without_a_certificate_learns_that_the_bus_does_not_answer(
    tls_bootstrap: str, authority: Authority, monkeypatch: pytest.MonkeyPatch, knows_the_authority: bool
) -> None:
    if knows_the_authority:
        _show(monkeypatch, authority, None)
    with pytest.raises(ServerUnreachable):
        await partitions_of(tls_bootstrap, within_s=1)
