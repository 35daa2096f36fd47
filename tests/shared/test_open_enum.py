"""Enums that may gain members: readers of earlier members keep running."""

import copy
import pickle
from typing import Annotated

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.envelope.open_enum import KNOWN, OPEN, OpenEnum


class Rule(OpenEnum):
    FEVER = "fever"
    GAP = "gap"


class Alert(BaseModel):
    rule: Rule
    others: tuple[Rule, ...] = ()


class Asked(BaseModel):
    rule: Annotated[Rule, KNOWN]


def test_a_member_of_a_later_version_is_read_and_written_as_it_came() -> None:
    alert = Alert.model_validate_json('{"rule": "drone", "others": ["fever", "drone"]}')
    assert (alert.rule, alert.rule.known, alert.others[0] is Rule.FEVER) == ("drone", False, True)
    assert alert.model_dump_json() == '{"rule":"drone","others":["fever","drone"]}'
    assert alert.model_dump()["others"][0] is Rule.FEVER


def test_a_later_member_equals_itself_and_no_own_member() -> None:
    later = Rule("drone")
    assert later == Rule("drone")
    assert later not in list(Rule)
    assert {Rule.FEVER: 1, later: 2}[Rule("drone")] == 2
    assert copy.deepcopy(later) == pickle.loads(pickle.dumps(later)) == later
    assert list(Rule) == [Rule.FEVER, Rule.GAP]
    assert Rule.GAP.known


@pytest.mark.parametrize("value", [None, 3, "", [], {}])
def test_what_is_no_text_is_no_member(value: object) -> None:
    with pytest.raises(ValidationError):
        Alert.model_validate({"rule": value})


def test_a_caller_may_state_known_members_alone() -> None:
    assert Asked(rule="gap").rule is Rule.GAP  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="'drone' is none of fever, gap"):
        Asked(rule="drone")  # type: ignore[arg-type]


def test_the_schema_says_that_the_enum_is_open() -> None:
    assert TypeAdapter(Rule).json_schema() == {"enum": ["fever", "gap"], OPEN: True, "title": "Rule", "type": "string"}
