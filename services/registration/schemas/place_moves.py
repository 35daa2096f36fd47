"""Bodies about moves, merges and splits of places."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.registration.domain.place_moves import PlaceMove, State
from services.registration.schemas import Body, Id, Name, Path, Reason, View
from shared.envelope.open_enum import KNOWN
from shared.events.registration import PlaceLevel
from shared.events.registration_moves import MoveKind, PathChange

_EXAMPLE: JsonDict = {
    "move_id": "0199a000-0000-7000-8000-000000000001",
    "kind": "move",
    "sources": ["/jinhe/hedong/chunhua/c01/a1/g02"],
    "target": "/jinhe/hedong/chunhua/c01/a2",
    "reason": "片区调整",
}


class PlaceMoveBody(Body):
    """A move below `target`, a merge into `target`, or a split of children to a new place with the path `target`.

    The client makes `move_id` (UUIDv7): a repeat is harmless. `name` is that of the new place of a split.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    move_id: Id
    kind: Annotated[MoveKind, KNOWN]
    sources: list[Path] = Field(min_length=1, max_length=100)
    target: Path
    name: Name = ""
    reason: Reason


class MoveDecisionBody(Body):
    """Why a move is refused or withdrawn."""

    reason: Reason


class PlaceMoveView(View):
    """A move: which paths become which, what it touches, who decided, and how many documents have followed here."""

    move_id: str
    kind: MoveKind
    sources: list[str]
    target: str
    name: str
    area_path: str
    changes: list[PathChange]
    places: int
    households: int
    residents: int
    state: State
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    day: date | None
    ended_at: datetime | None
    moved: int


class PlaceThenView(View):
    """A place as it was on a day."""

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str


def move_view(move: PlaceMove, moved: int) -> PlaceMoveView:
    """Return the view of a move."""
    return PlaceMoveView.of(move, moved=moved)
