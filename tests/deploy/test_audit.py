"""The audit of a city in which nothing has happened yet, and of one whose bus is too busy to take a connection."""

import pytest
from aiokafka.errors import KafkaConnectionError

from deploy.audit.books import Finding
from deploy.audit.bus import ids_on
from deploy.cli.audit import ATTEMPTS, ask_again
from deploy.launcher.errors import ServerUnreachable
from shared.bus.consumer import producer
from shared.envelope.letters import topic_of


async def test_no_topic_is_read_where_none_was_published_to(kafka_bootstrap: str) -> None:
    sender = producer(kafka_bootstrap)
    await sender.start()
    await sender.send_and_wait(topic_of("supply"), b"{}")
    await sender.stop()
    assert await ids_on(kafka_bootstrap, []) == {}


@pytest.mark.parametrize("refused", [0, 1, ATTEMPTS - 1, ATTEMPTS])
async def test_a_busy_bus_is_asked_again_and_an_absent_one_is_an_error(refused: int) -> None:
    asked = 0

    async def compare() -> list[Finding]:
        nonlocal asked
        asked += 1
        if asked <= refused:
            raise KafkaConnectionError("busy")
        return [Finding.of("x", 1, 1, [])]

    if refused == ATTEMPTS:
        with pytest.raises(ServerUnreachable, match="does not answer"):
            await ask_again(compare, "127.0.0.1:1")
    else:
        assert len(await ask_again(compare, "127.0.0.1:1")) == 1
    assert asked == min(refused + 1, ATTEMPTS)
