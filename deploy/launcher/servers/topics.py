"""Creates the topics of the topic file on a bus, and compares the two."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError

from deploy.launcher.errors import ServerUnreachable, TopicsDiffer, explain_bus_errors
from deploy.topics import Topic, load_topics
from shared.bus.kafka import connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")

REACH_S = 15.0
# A server that answers has so long for the whole of what it is asked: on a busy machine forty topics take a minute.
BUSY_S = 90.0
_RETRY_S = 0.1
_CREATED, _EXISTS = 0, 36
_STATED_OF_TOPIC = 1
_ANY_GROUP = "lastmetre"
_TIMED_OUT = 7
# Too few brokers for the copies, no controller: errors of a cluster that is still starting.
_STARTING = (38, 41)

logger = logging.getLogger(__name__)


@asynccontextmanager
async def _admin(bootstrap: str) -> "AsyncIterator[AIOKafkaAdminClient]":
    admin = AIOKafkaAdminClient(**connection(bootstrap), request_timeout_ms=10_000)
    try:
        try:
            await admin.start()
        except (KafkaError, OSError):
            raise ServerUnreachable(f"No Kafka server answers at {bootstrap}: is it running?") from None
        with explain_bus_errors(bootstrap):
            yield admin
    finally:
        await admin.close()


async def ask_until_up(bootstrap: str, within_s: float, ask: Callable[[AIOKafkaAdminClient], Awaitable[T]]) -> T:
    """Call `ask` until the bus is up: a broker that answers may not know any broker yet, itself included.

    Gives up after `within_s` while no server answers, after `BUSY_S` once one has. A call that is under way then has
    `within_s` once more. Raises `ServerUnreachable`.
    """
    began = time.monotonic()
    deadline = began + within_s
    while True:
        try:
            async with _admin(bootstrap) as admin:
                deadline = max(deadline, began + BUSY_S)
                async with asyncio.timeout(deadline + within_s - time.monotonic()):
                    return await ask(admin)
        except ServerUnreachable:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_RETRY_S)


async def partitions_of(bootstrap: str, within_s: float = REACH_S) -> dict[str, int]:
    """Return the bus's topics with their number of partitions. Raises `ServerUnreachable`."""
    return await ask_until_up(bootstrap, within_s, _partitions)


async def create_missing(
    bootstrap: str, replication: int = 1, topics: Sequence[Topic] | None = None, within_s: float = REACH_S
) -> list[str]:
    """Create the missing topics and return their names once they are usable.

    Raises `ServerUnreachable`, `TopicsDiffer`.
    """
    wanted = load_topics() if topics is None else topics
    began = time.monotonic()
    patience_s = {_TIMED_OUT: max(within_s, BUSY_S)} | dict.fromkeys(_STARTING, within_s)
    missing: dict[str, Topic] = {}  # kept over retries: topics of an earlier attempt must be usable as well

    async def make(admin: AIOKafkaAdminClient) -> None:
        present = await _partitions(admin)
        missing.update({topic.name: topic for topic in wanted if topic.name not in present})
        while refused := await _make(admin, list(missing.values()), replication):
            name, code, reason = refused
            if time.monotonic() - began > patience_s.get(code, 0):
                raise TopicsDiffer(f"The Kafka server at {bootstrap} refused to create topic {name}: {reason}")
            await asyncio.sleep(_RETRY_S)
        if missing:
            await _until_usable(bootstrap, admin, list(missing.values()), began + max(within_s, BUSY_S))
        await _align(admin, [topic for topic in wanted if topic.name in present])
        made = {name: topic.partitions for name, topic in missing.items()}
        if problems := differences(wanted, made | present):
            raise TopicsDiffer(f"The bus at {bootstrap} and the topic file disagree: {'; '.join(problems)}")

    await ask_until_up(bootstrap, within_s, make)
    return list(missing)


async def _make(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> tuple[str, int, str] | None:
    """Create topics; return the name, the error code and the text of a refused topic, or None."""
    if not topics:
        return None
    answer = await admin.create_topics([_new(topic, replication) for topic in topics])
    refused = [(e[0], e[1], e[2] if len(e) > 2 else str(e[1])) for e in answer.topic_errors]
    return next((one for one in refused if one[1] not in (_CREATED, _EXISTS)), None)


async def _until_usable(bootstrap: str, admin: AIOKafkaAdminClient, topics: Sequence[Topic], deadline: float) -> None:
    """Wait until every partition has a leader that knows it, and groups have a coordinator: both take Kafka time."""
    left_ms = max(1, int((deadline - time.monotonic()) * 1000))
    consumer = AIOKafkaConsumer(**connection(bootstrap), request_timeout_ms=left_ms)
    try:
        await consumer.start()
        await consumer.end_offsets([TopicPartition(t.name, n) for t in topics for n in range(t.partitions)])
    finally:
        await consumer.stop()
    while True:
        try:
            await admin.find_coordinator(_ANY_GROUP)
            return
        except KafkaError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_RETRY_S)


def differences(wanted: Sequence[Topic], present: Mapping[str, int]) -> list[str]:
    """Return a phrase for each topic that is missing or has another number of partitions."""
    problems = []
    for topic in wanted:
        if topic.name not in present:
            problems.append(f"{topic.name} is missing (create it with 'lastmetre topics create')")
        elif present[topic.name] != topic.partitions:
            problems.append(f"{topic.name} has {present[topic.name]} partitions, the file says {topic.partitions}")
    return problems


async def _align(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Give topics that an earlier version made the configuration of the topic file."""
    own: dict[str, dict[str, str]] = {}  # what was stated of each topic itself
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    for answer in await admin.describe_configs(asked) if asked else ():
        for _, _, _, name, entries in answer.resources:
            own[name] = {entry[0]: entry[1] for entry in entries if entry[3] == _STATED_OF_TOPIC}
    differ = [topic for topic in topics if not topic.config.items() <= own.get(topic.name, {}).items()]
    wanted = {topic.name: own.get(topic.name, {}) | topic.config for topic in differ}
    changes = [ConfigResource(ConfigResourceType.TOPIC, name, config) for name, config in wanted.items()]
    with suppress(IncompatibleBrokerVersion):  # the embedded broker cannot, and is empty at each start anyway
        if changes:
            await admin.alter_configs(changes)
            logger.info("the configuration of topics was brought up to date: %s", [topic.name for topic in differ])


def _new(topic: Topic, replication: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.config)


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    names = [name for name in await admin.list_topics() if not re.match("_", name)]
    if not names:
        return {}
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(names)}
