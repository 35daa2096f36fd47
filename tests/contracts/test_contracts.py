"""The published language only grows: what was recorded is kept, and carries nobody's personal data."""

import copy
import json
from typing import Any

import pytest

from deploy.topics import load_topics
from shared.events.checkpoint import PassageRecorded
from tests.contracts.record import FOLDER, all_contracts, breaks, described, rendered

CONTRACTS = all_contracts()
PERSONAL = {"phone", "id_number", "address", "resident_name", "person_name", "birth_date", "email"}
NAMED = {"registration.PlaceDefined.v1", "registration.PlaceClosed.v1", "registration.KeeperAssigned.v1"}


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_contract_keeps_what_was_recorded(name: str) -> None:
    recorded = FOLDER / f"{name}.json"
    assert recorded.exists(), "record the new contract with 'python -m tests.contracts.record'"
    assert breaks(json.loads(recorded.read_text()), described(CONTRACTS[name])) == [], "make it a new version instead"
    assert recorded.read_text() == rendered(CONTRACTS[name]), "record it with 'python -m tests.contracts.record'"


def test_no_recorded_contract_is_gone() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(CONTRACTS)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_a_contract_carries_ids_and_facts_and_no_personal_data(name: str) -> None:
    fields = set(CONTRACTS[name].model_fields)
    assert not fields & PERSONAL
    if "name" in fields:  # of a place or a gate
        assert name in NAMED or name == "checkpoint.GateDefined.v1"


def test_every_topic_of_a_contract_is_declared_as_it_is_used() -> None:
    declared = {topic.name: topic.compacted for topic in load_topics() if ".dead-letters." not in topic.name}
    assert {contract.topic: contract.compacted for contract in CONTRACTS.values()} == declared


def _changed(**changes: Any) -> list[str]:
    old = described(PassageRecorded)
    new = copy.deepcopy(old)
    for path, value in changes.items():
        *above, last = path.split("__")
        at: Any = new
        for step in above:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return breaks(old, new)


def test_an_optional_field_more_breaks_nothing() -> None:
    assert _changed(schema__properties__lane={"type": "integer"}) == []


def test_whatever_a_reader_would_miss_is_a_break() -> None:
    assert _changed(schema__properties__gate_id=None) == ["gate_id is gone"]
    assert _changed(topic="checkpoint.others.v1") == ["topic was checkpoint.passages.v1, is checkpoint.others.v1"]
    assert _changed(key="gate_id") == ["key was subject, is gate_id"]
    assert _changed(schema__required=[*described(PassageRecorded)["schema"]["required"], "mask"]) == [
        "mask is required now"
    ]
    assert _changed(schema__properties__seq={"type": "string"})[0].startswith("seq was")
    for known in (["live"], ["live", "cached", "offline", "paper", "drone"]):  # an older reader cannot read a new one
        assert _changed(**{"schema__$defs__Mode__enum": known})[0].startswith("mode was")
