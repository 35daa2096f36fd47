"""How every client of the bus connects (mutual TLS, SASL/SCRAM, or neither), and which partitions it has."""

import asyncio
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, NodeNotReadyError
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.base.json_types import Json
from shared.bus.mends import apply_mends

# How long a broker may take to answer a reader. A client gives up one that holds its connections and says nothing, and
# finds those that replaced it; requests one after the other add up.
ANSWER_MS = 10_000
MAX_MESSAGE_BYTES = 4 << 20
# Maximum time a broker may wait for records before it answers a fetch. Apache Kafka answers when a record arrives; the
# embedded broker may answer that much later. Shorter waits cost more: an idle city did little else at 100 ms.
FETCH_WAIT_MS = 250
# Maximum time a consumer waits for fetched records; it returns when the first of them arrive.
POLL_MS = 500
# So soon is a topic seen that comes. A client that asks while a bus which was lost has no topics yet believes that
# there are none until it asks again: for five minutes by its own default.
LOOK_AGAIN_MS = 5_000
MECHANISM = "SCRAM-SHA-512"
_AGAIN_S = 0.1


class UnknownTopic(LookupError):
    """The bus does not have a topic that a client asks about."""


apply_mends()


class Certificates(BaseSettings):
    """Read from `LASTMETRE_KAFKA_*`, as PEM files: the brokers' authority, and this process's certificate and key.

    Or a user and its password, for SASL with SCRAM-SHA-512. None of them for a bus on this machine alone.
    """

    model_config = SettingsConfigDict(env_prefix="LASTMETRE_KAFKA_", extra="ignore")

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    user: str = ""
    password: SecretStr = SecretStr("")

    @property
    def scram(self) -> tuple[str, str] | None:
        """The user and the password, or None without a user."""
        return (self.user, self.password.get_secret_value()) if self.user else None


def tls_context(files: Certificates) -> ssl.SSLContext | None:
    """Return what a TLS connection to the bus needs, or None without an authority. Raises `OSError`, `ssl.SSLError`."""
    if files.ca is None:
        return None
    context = ssl.create_default_context(cafile=str(files.ca))
    if files.certificate is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


def addresses(bootstrap: str) -> list[str]:
    """Return the addresses in `bootstrap`, separated by commas: aiokafka would take the text for one address."""
    return [address.strip() for address in bootstrap.split(",")]


def connection(bootstrap: str) -> Json:
    """Return the arguments with which an aiokafka client reaches the bus at one of the addresses in `bootstrap`."""
    files = Certificates()
    context, scram = tls_context(files), files.scram
    reached: Json = {"bootstrap_servers": addresses(bootstrap), "metadata_max_age_ms": LOOK_AGAIN_MS}
    if context:
        reached |= {"security_protocol": "SSL", "ssl_context": context}
    if scram:
        user, password = scram
        reached |= {"sasl_mechanism": MECHANISM, "sasl_plain_username": user, "sasl_plain_password": password}
        reached["security_protocol"] = "SASL_SSL" if context else "SASL_PLAINTEXT"
    return reached


def asking(bootstrap: str) -> Json:
    """Return the arguments of a client that asks once, as those of the audit: it waits no longer than `ANSWER_MS`.

    aiokafka's own default is 40 seconds, for each request that a busy or frozen broker leaves without an answer.
    """
    return connection(bootstrap) | {"request_timeout_ms": ANSWER_MS}


async def start(client: AIOKafkaAdminClient | AIOKafkaConsumer, bootstrap: str) -> None:
    """Start a client; a bus that accepts and does not answer in time, as one that is busy, is asked again for a while.

    A connection that is not ready within two seconds is given up (`shared/bus/mends.py`). Raises `KafkaError`, at once
    where no address accepts.
    """
    deadline = time.monotonic() + ANSWER_MS / 1000
    while True:
        try:
            await client.start()
        except KafkaConnectionError:
            if time.monotonic() > deadline or not await _accepts(bootstrap):
                if isinstance(client, AIOKafkaConsumer):
                    await client.stop()  # or it complains on standard error when it is collected
                raise
            await asyncio.sleep(_AGAIN_S)
        else:
            return


async def _accepts(bootstrap: str) -> bool:
    """Whether one of the addresses takes a connection."""
    for address in addresses(bootstrap):
        host, _, port = address.rpartition(":")
        with suppress(OSError, ValueError):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            writer.close()
            return True
    return False


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, also one that has just started.

    aiokafka cancels a task of its own and waits for it; one that has not begun raises its `CancelledError` at us.
    """
    await asyncio.sleep(0)
    await consumer.stop()


async def partitions(bootstrap: str, *topics: str) -> list[TopicPartition]:
    """Return the partitions of topics, asking the bus once for all of them.

    Raises `UnknownTopic` for a topic that the bus does not have, `KafkaError` where it does not answer.
    """
    places = await known_partitions(bootstrap, *topics)
    for topic in topics:
        if all(place.topic != topic for place in places):
            raise UnknownTopic(f"the bus has no topic {topic}: create it with 'lastmetre topics create'")
    return places


async def known_partitions(bootstrap: str, *topics: str) -> list[TopicPartition]:
    """Return the partitions of those of the topics that the bus has. Raises `KafkaError` where it does not answer.

    A consumer without a subscription knows no topic of Apache Kafka, so an administrator's connection asks.
    """
    admin = AIOKafkaAdminClient(**asking(bootstrap))
    try:
        await start(admin, bootstrap)
        described = await _described(admin, list(topics))
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], part["partition"]) for topic in described for part in topic["partitions"]]


async def _described(admin: AIOKafkaAdminClient, topics: list[str]) -> list[Any]:  # Any: aiokafka has no types
    """Ask about topics. A broker that takes no connection in time, as one that is busy, is asked again for a while."""
    deadline = time.monotonic() + ANSWER_MS / 1000
    while True:
        try:
            descriptions: list[Any] = await admin.describe_topics(topics)  # Any: aiokafka has no types
        except NodeNotReadyError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_AGAIN_S)
        else:
            return descriptions
