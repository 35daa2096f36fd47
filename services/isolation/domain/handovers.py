"""Rules of a person who moves during a case: which door, which community, and who accepts the case (R3.1)."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from services.isolation.domain.cases import OPEN, Case, Door, Handover
from shared.base.errors import Conflict
from shared.events.isolation import CaseState


class Move(StrEnum):
    """What a person's present door means for the case."""

    NONE = "none"
    DOOR = "door"  # another door of the same community
    STARTED = "started"  # another community is asked to accept the case
    WITHDRAWN = "withdrawn"  # back in the community that has the case


def concerns(case: Case, home: Door) -> bool:
    """Whether the present door of the resident may change the case.

    The same household under another path has not moved: its place has, and the case follows by itself.
    """
    if home.household_id == case.home.household_id and home != case.home:
        return False
    if home == case.home:
        return case.refused_for is not None
    return home != case.refused_for


def follow(case: Case, home: Door, same_community: bool, now: datetime) -> tuple[Case, Move]:
    """Return the case as it is while the person lives behind the door `home`, and what that changed.

    `same_community`: the door lies in the community of the case. A case that has not begun goes along without being
    handed over, for no community cares for it yet. A door for which the case was refused is not asked for again.
    """
    if case.state not in OPEN and case.state is not CaseState.PLANNED:
        return case, Move.NONE
    if home == case.refused_for:
        return case, Move.NONE
    if home == case.home:
        return replace(case, refused_for=None), Move.NONE
    if not same_community and case.state is not CaseState.PLANNED:
        note = case.handover or Handover(home, now)
        return replace(case, handover=replace(note, to=home, since=now), refused_for=None), Move.STARTED
    move = Move.WITHDRAWN if case.handover else Move.DOOR
    return _at(case, home), move


def _at(case: Case, home: Door) -> Case:
    return replace(case, household_id=home.household_id, area_path=home.area_path, handover=None, refused_for=None)


def pending(case: Case) -> Handover:
    """Return the handover of a case. Raises `Conflict` where it is in none."""
    if case.handover is None:
        raise Conflict("isolation.no_handover", "The case is not being handed over: nothing is to be accepted")
    return case.handover


def accept(case: Case, by: str) -> Case:
    """Let the case be the new community's, at the new door."""
    return replace(_at(case, pending(case).to), accepted_by=by)


def refuse(case: Case) -> Case:
    """Leave the case with the old community; the same door is not asked again unless the old staff ask."""
    return replace(case, handover=None, refused_for=pending(case).to)


def write_note(case: Case, home: Door, note: str, by: str, now: datetime) -> Case:
    """Add the old staff's word to a handover; after a refusal it asks the new community again."""
    if case.handover is None and home != case.refused_for:
        pending(case)
    handover = case.handover or Handover(home, now)
    return replace(case, handover=replace(handover, note=note, written_by=by), refused_for=None)
