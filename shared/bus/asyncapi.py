"""The AsyncAPI document of a service: every event it publishes and every event it reads, as FastStream draws it.

FastStream draws channels and schemas; texts, headers and examples are added here.
"""

import json
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.specification.asyncapi import AsyncAPI

from shared.base.descriptions import description_of, summary_of
from shared.base.example_values import AT, uuid_of
from shared.base.examples import Examples
from shared.base.json_types import Json
from shared.envelope.event import SPEC_VERSION, Event

Contract = type[Event]

READ = ":read"  # the title of an event that a service reads ends so: one that it also publishes stands there twice
_ABOUT = (
    "Events as CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_*` headers, JSON in the value. The key is the "
    "aggregate's id, so the order holds per aggregate. Readers ignore fields and types that they do not know, and take "
    "each event once by `ce_id`. A record of the type `shared.TopicComplete.v1` is a marker of the platform and no "
    "event. Events hold ids and facts; no name, no phone number, no identity number stands in clear."
)
_SERVER = (
    "The city's bus. It asks for a user by SASL/SCRAM and for certificates where the operator has configured them; "
    "the bus of `lastmetre up` asks for neither."
)
_TEXT: Json = {"type": "string"}
_HEADERS: MappingProxyType[str, Json] = MappingProxyType(
    {
        "ce_specversion": {"type": "string", "const": SPEC_VERSION},
        "ce_id": _TEXT | {"description": "the event's id, the same however often it is delivered"},
        "ce_type": _TEXT | {"description": "service, event and version"},
        "ce_source": _TEXT | {"description": "the service that published it"},
        "ce_time": {"type": "string", "format": "date-time", "description": "when it happened"},
        "ce_correlationid": _TEXT | {"description": "the request or event that began the chain"},
        "ce_causationid": _TEXT | {"description": "the event in answer to which it was published"},
        "content-type": {"type": "string", "const": "application/json"},
        "lm_mac": _TEXT | {"description": "bytes: the number of the publisher's key, then a MAC of 16 bytes"},
    }
)
_ALWAYS = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")


def asyncapi_document(title: str, bootstrap: str, publishes: Iterable[Contract], reads: Iterable[Contract]) -> Json:
    """Return the AsyncAPI 3 document. It needs no bus: the broker it is drawn from is never started."""
    broker = KafkaBroker(bootstrap, allow_auto_create_topics=False)
    titled: dict[str, Contract] = {}
    for contract in publishes:
        titled[contract.type] = contract
        broker.publisher(contract.topic, title=contract.type, description=contract.__doc__, schema=contract)
    for contract in reads:
        titled[f"{contract.type}{READ}"] = contract
        broker.subscriber(contract.topic, title=f"{contract.type}{READ}", description=contract.__doc__)(
            _reader_of(contract)
        )
    document: Json = json.loads(AsyncAPI(broker, title=title, version="1").to_specification().to_json())
    _complete(document, titled)
    return document


def _complete(document: Json, titled: dict[str, Contract]) -> None:
    document["info"] |= {"description": _ABOUT, "license": {"name": "Apache-2.0"}}
    document["servers"]["development"]["description"] = _SERVER
    examples = Examples(document)
    for title, contract in titled.items():
        text = description_of(contract.__doc__ or "")
        kept = "compacted: it keeps the newest event of each key" if contract.compacted else "kept for a time"
        channel = document["channels"][title]
        channel["title"] = title.removesuffix(READ)
        channel["description"] = f"{text}\n\nThe topic `{contract.topic}`, {kept}. The key is `{contract.key_field}`."
        (message,) = (document["components"]["messages"][_last(one)] for one in channel["messages"].values())
        operation = document["operations"][title]
        verb = "Read" if operation["action"] == "receive" else "Publish"
        operation |= {"summary": f"{verb} {contract.type}", "description": text}
        message |= _message(contract, text, examples.of(message["payload"]))


def _last(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _message(contract: Contract, text: str, payload: Any) -> Json:  # Any: a JSON value
    headers = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": uuid_of(contract.type),
        "ce_type": contract.type,
        "ce_source": f"/lastmetre/{contract.topic.partition('.')[0]}",
        "ce_time": AT,
        "ce_correlationid": uuid_of("correlation"),
        "content-type": "application/json",
    }
    return {
        "name": contract.type,
        "title": contract.type,
        "summary": summary_of(text),
        "description": text,
        "contentType": "application/json",
        "headers": {"type": "object", "required": list(_ALWAYS), "properties": dict(_HEADERS)},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "examples": [{"name": contract.__name__, "summary": summary_of(text), "headers": headers, "payload": payload}],
    }


def _reader_of(contract: Contract) -> Any:  # Any: FastStream reads the annotation
    async def read(event: Any) -> None:  # Any: set below
        """Stand for the handler, of which the document says what it is given."""

    read.__annotations__["event"] = contract
    return read
