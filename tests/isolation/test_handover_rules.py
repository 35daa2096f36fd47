"""The rules of a person who moves while a case is open, without a store (R3.1)."""

from datetime import timedelta

import pytest

from services.isolation.domain import handovers as domain
from services.isolation.domain.cases import Door
from services.isolation.domain.handovers import Move
from shared.base.errors import Conflict
from shared.events.isolation import CaseState
from tests.isolation.test_rules import case, in_city

HOME, OTHER, THIRD_HOME = Door("h", "/city"), Door("h2", "/other"), Door("h3", "/third")
NOW = in_city(12, 9)


def test_a_case_follows_its_person_by_what_the_new_door_means() -> None:
    moved, move = domain.follow(case(), OTHER, True, NOW)
    assert (move, moved.household_id, moved.area_path, moved.handover) == (Move.DOOR, "h2", "/other", None)
    moved, move = domain.follow(case(), OTHER, False, NOW)
    assert (move, moved.area_path, moved.home) == (Move.STARTED, "/city", OTHER)
    assert domain.follow(moved, OTHER, False, NOW) == (moved, Move.NONE)
    back, move = domain.follow(moved, HOME, True, NOW)
    assert (move, back) == (Move.WITHDRAWN, case())
    assert domain.follow(case(), HOME, True, NOW)[1] is Move.NONE


def test_who_moves_twice_is_handed_to_the_last_community_with_the_word_of_the_first() -> None:
    moved, _ = domain.follow(case(), OTHER, False, NOW)
    written = domain.write_note(moved, OTHER, "needs insulin", "w", NOW)
    again, move = domain.follow(written, THIRD_HOME, False, NOW + timedelta(hours=1))
    assert again.handover
    assert (move, again.home, again.handover.note) == (Move.STARTED, THIRD_HOME, "needs insulin")
    assert domain.accept(again, "office").home == THIRD_HOME


def test_a_refused_door_is_not_asked_again_until_the_person_has_been_elsewhere() -> None:
    moved, _ = domain.follow(case(), OTHER, False, NOW)
    refused = domain.refuse(moved)
    assert domain.follow(refused, OTHER, False, NOW) == (refused, Move.NONE)
    back, move = domain.follow(refused, HOME, True, NOW)
    assert (back, move) == (case(), Move.NONE)
    assert domain.follow(back, OTHER, False, NOW)[1] is Move.STARTED
    asked = domain.write_note(refused, OTHER, "lives there", "w", NOW)
    assert asked.home == OTHER


@pytest.mark.parametrize("state", [CaseState.RELEASED, CaseState.CANCELLED, CaseState("transferred")])
def test_a_case_that_cannot_change_does_not_follow(state: CaseState) -> None:
    assert domain.follow(case(state=state), OTHER, False, NOW) == (case(state=state), Move.NONE)


def test_a_planned_case_goes_along_without_a_handover() -> None:
    moved, move = domain.follow(case(state=CaseState.PLANNED), OTHER, False, NOW)
    assert (move, moved.area_path, moved.handover) == (Move.DOOR, "/other", None)


def test_nothing_is_accepted_that_is_not_handed_over() -> None:
    for step in (lambda: domain.accept(case(), "o"), lambda: domain.refuse(case())):
        with pytest.raises(Conflict):
            step()
    with pytest.raises(Conflict):
        domain.write_note(case(), HOME, "note", "w", NOW)
