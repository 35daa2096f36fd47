"""Rows of rosters that an official may not carry out alone: another office examines each and decides."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.base.area import ancestors
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.base.private import PRIVATE, SEALED


class State(StrEnum):
    """Where an examination stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Examination:
    """A row that waits: the office of `home_path`, the door of `resident_id`, decides on it.

    `area_path` is the area of the official who sent the row. `sealed` is the row; `decision` the decider's own text.
    """

    examination_id: str
    resident_id: str
    home_path: str
    area_path: str
    asked_by: str
    asked_at: datetime
    import_id: str
    row: int
    sealed: str = field(metadata=PRIVATE)
    state: State = State.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)


@dataclass(frozen=True)
class Notice:
    """That an office learns, once a day, that rows of one official wait for it."""

    notice_id: str


def decide(asked: Examination, state: State, by: str, now: datetime, decision: str) -> Examination:
    """Return the examination decided. Raises `Conflict` to the official who asked, and where it is decided already."""
    if same_person(by, asked.asked_by):
        raise Conflict("registration.own_row", "The official who sent the row does not decide on it: ask a colleague")
    if asked.state is not State.OPEN:
        raise Conflict("registration.examined", f"The row was {asked.state.value} already: there is nothing to decide")
    return replace(asked, state=state, decided_by=by, decided_at=now, decision=decision)


def office_of(home_path: str, area_path: str) -> str:
    """Return the path of the office that learns of a row: the area around the door at the level of the asking area."""
    above = ancestors(home_path)[::-1]
    depth = len([part for part in area_path.split("/") if part])
    return above[min(max(depth, 1), len(above)) - 1]
