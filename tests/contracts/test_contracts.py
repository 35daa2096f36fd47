"""The published language: recorded, broken by no change, without personal data, on topics that exist."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deploy.launcher.processes.child import ROOT
from deploy.services import SERVICES
from deploy.topics import load_topics
from shared.envelope.event import base_of, contracts_of
from shared.envelope.letters import topic_of
from shared.envelope.log_head import LogHead
from shared.events.registration import ResidentEvent
from shared.events.registration_exits import ExitEvent
from tests.contracts import described, published
from tests.contracts.compatibility import breaks
from tests.contracts.record import recorded

CONTRACTS, RECORDED = published(), recorded()
TOPICS = {topic.name: topic for topic in load_topics()}
AGAIN = "run 'python -m tests.contracts.record' and commit what it writes"

PERSONAL = re.compile(
    r"(^|_)(name|names|surname|phone|phones|mobile|tel|telephone|email|mail|address|id_number|id_card|passport|birth"
    r"|birthday|born|wechat|openid|plate|contact|contacts|text|note|notes|remark|comment)(_|$)"
)
# What is named is no person: a place, a gate, a group, a venue. A hash by a key that only two services have is none.
HARMLESS = {
    ("registration.PlaceDefined.v1", "name"),
    ("registration.KeeperAssigned.v1", "name"),
    *((f"registration.Employer{what}.v1", "name") for what in ("Registered", "Changed", "Closed", "Resumed")),
    *(
        (f"registration.Venue{what}.v1", name)
        for what in ("Registered", "Changed", "Closed")
        for name in ("name", "desks.name")
    ),
    *((f"registration.Group{what}.v1", "name") for what in ("Formed", "Changed", "Dissolved")),
    ("checkpoint.CheckpointDefined.v1", "name"),
    ("checkpoint.GateDefined.v1", "name"),
    ("registration.CredentialsChanged.v1", "id_number_hash"),
    *((name, "plate_hash") for name, contract in CONTRACTS.items() if issubclass(contract, ExitEvent)),
    *((name, "id_number_hash") for name, contract in CONTRACTS.items() if issubclass(contract, ResidentEvent)),
}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_no_contract_breaks_its_readers(name: str) -> None:
    assert name in CONTRACTS, f"{name} is published no more: its readers wait for it. Keep it, or publish both versions"
    assert breaks(RECORDED[name], described(CONTRACTS[name])) == []


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_contract_is_recorded_as_it_is(name: str) -> None:
    assert name in RECORDED, AGAIN
    assert described(CONTRACTS[name]) == RECORDED[name], AGAIN


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("properties", {})
    for part in schema.get("$defs", {}).values():
        yield from part.get("properties", {})


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_no_contract_carries_a_personal_field(name: str) -> None:
    personal = {field for field in _fields(described(CONTRACTS[name])["schema"]) if PERSONAL.search(field)}
    assert {field for field in personal if (name, field) not in HARMLESS} == set()


def test_what_counts_as_harmless_is_there() -> None:
    assert {(name, field) for name, field in HARMLESS if field in CONTRACTS[name].model_fields} == HARMLESS


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_contract_stands_on_a_topic_of_its_publisher_that_is_kept_as_it_says(name: str) -> None:
    contract = CONTRACTS[name]
    assert contract.topic.partition(".")[0] == name.partition(".")[0]
    assert contract.topic in TOPICS, f"{contract.topic} is missing in deploy/topics.yaml"
    assert TOPICS[contract.topic].compacted == contract.compacted
    assert contract.key_field in contract.model_fields


def test_every_topic_carries_events_or_is_for_a_service_s_dead_letters() -> None:
    spoken = {contract.topic for contract in CONTRACTS.values()}
    assert set(TOPICS) == spoken | {topic_of(service) for service in SERVICES}
    assert not any(TOPICS[topic_of(service)].compacted for service in SERVICES)


def test_all_contracts_of_a_topic_agree_on_its_key_so_that_order_holds_per_aggregate() -> None:
    keys: dict[str, set[str]] = {}
    for contract in CONTRACTS.values():
        keys.setdefault(contract.topic, set()).add(contract.key_field)
    assert {topic: names for topic, names in keys.items() if len(names) > 1} == {}


@pytest.mark.parametrize("topic", sorted({c.topic for c in CONTRACTS.values() if c.compacted}))
def test_every_event_of_a_compacted_topic_carries_the_whole_state_of_its_aggregate(topic: str) -> None:
    first, *others = [contract for contract in CONTRACTS.values() if contract.topic == topic]
    base = base_of(topic)
    assert base or not others, "the newest event alone must rebuild a replica: declare what all events of it carry"
    assert all(base is None or issubclass(contract, base) for contract in (first, *others))


def _used_in(service: str) -> set[str]:
    """Return the names that the code of a service uses, those that it only imports left out."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "services" / service).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_contract_is_published_or_retired(service: str) -> None:
    by_itself = LogHead  # every process publishes it, by `shared/outbox/chaining.py`
    published = [one for one in contracts_of(service) if not one.retired and not issubclass(one, by_itself)]
    unused = {contract.__name__ for contract in published} - _used_in(service)
    assert not unused, f"{service} publishes none of {sorted(unused)}: delete them until it does"


@pytest.mark.parametrize("service", SERVICES)
def test_no_retired_contract_is_published(service: str) -> None:
    retired = {contract.__name__ for contract in contracts_of(service) if contract.retired}
    assert retired & _used_in(service) == set()
