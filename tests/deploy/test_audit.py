"""The audit of a city in which nothing has happened yet."""

from deploy.audit.bus import ids_on
from shared.bus.consumer import producer
from shared.envelope.letters import topic_of


async def test_no_topic_is_read_where_none_was_published_to(kafka_bootstrap: str) -> None:
    sender = producer(kafka_bootstrap)
    await sender.start()
    await sender.send_and_wait(topic_of("supply"), b"{}")
    await sender.stop()
    assert await ids_on(kafka_bootstrap, []) == {}
