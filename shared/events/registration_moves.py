"""What registration publishes when places move, are merged or split: which paths become which (R1.1).

Whatever is of such a place follows: each service that has the event carries it out in its own store.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum
from shared.events.registration import PlaceEvent, ResidentEvent
from shared.events.registration_groups import GroupEvent
from shared.events.registration_zones import ZoneEvent

PLACE_MOVES = "registration.place-moves.v1"


class MoveKind(OpenEnum):
    """What becomes of a place."""

    MOVE = "move"
    MERGE = "merge"
    SPLIT = "split"


class PathChange(BaseModel):
    """That everything at and below the path `old` lies at and below `new` from then on."""

    model_config = ConfigDict(frozen=True)

    old: str
    new: str


class PlaceMoveEvent(Event, topic=PLACE_MOVES, key="move_id", compacted=True, base=True):
    """The public state of a move that holds since `day`; from `ended_at` on registration has carried it out."""

    move_id: str
    kind: MoveKind
    area_path: str
    changes: tuple[PathChange, ...]
    day: date
    ended_at: datetime | None = None


class PlaceMoveBegan(PlaceMoveEvent):
    """Places have begun to move: both paths are of the same place until it has ended."""


class PlaceMoveEnded(PlaceMoveEvent):
    """Registration has moved everything; the old paths hold nothing more."""


class PlaceRelocated(PlaceEvent):
    """The place has another path, or was merged into another place and is closed."""


class ResidentRelocated(ResidentEvent):
    """The resident lives in the same household, whose place has moved."""


class GroupRelocated(GroupEvent):
    """The place of the group has moved."""


class ZoneRelocated(ZoneEvent):
    """A place of the zone has moved."""
