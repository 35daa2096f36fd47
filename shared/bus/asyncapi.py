"""The AsyncAPI document of a service: every event it publishes and every event it reads, as FastStream draws it."""

import json
from collections.abc import Iterable
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.specification.asyncapi import AsyncAPI

from shared.envelope.event import Event

Contract = type[Event]


def asyncapi_document(
    title: str, bootstrap: str, publishes: Iterable[Contract], reads: Iterable[Contract]
) -> dict[str, Any]:
    """Return the AsyncAPI 3 document. It needs no bus: the broker it is drawn from is never started."""
    broker = KafkaBroker(bootstrap, allow_auto_create_topics=False)
    for contract in publishes:
        broker.publisher(contract.topic, title=contract.type, description=contract.__doc__, schema=contract)
    for contract in reads:
        title_read = f"{contract.type}:read"  # one that a service also publishes stands there twice
        broker.subscriber(contract.topic, title=title_read, description=contract.__doc__)(_reader_of(contract))
    document: dict[str, Any] = json.loads(AsyncAPI(broker, title=title, version="1").to_specification().to_json())
    for message in document["components"]["messages"].values():
        message["correlationId"] = {"location": "$message.header#/ce_correlationid"}
    return document


def _reader_of(contract: Contract) -> Any:
    async def read(event: Any) -> None:
        """Stand for the handler, of which the document says what it is given."""

    read.__annotations__["event"] = contract
    return read
