"""What was decided on a scan, and on each person of it; and where the scan was made."""

import msgspec

from services.checkpoint.domain.decision import Decision, Proof, Rules
from services.checkpoint.domain.passage import Passage
from services.checkpoint.domain.scan import Person, PersonOnBoard, WentOut
from services.checkpoint.replicas.zones import Part
from shared.events.checkpoint_outings import Outing

_COMMUNITY_LEVEL = 4  # /city/district/street/community


class Decided(msgspec.Struct):
    """A scan with what was decided; the first passage is its own, the others are of those on board.

    `answer` is what the gate gets where it must not learn all; `retry_after_s` is of a device on hold. `went_out` are
    those of the household who used up its exits, masked.
    """

    passages: list[Passage]
    on_board: tuple[PersonOnBoard, ...] = ()
    answer: Decision | None = None
    retry_after_s: int | None = None
    person: Person | None = None
    went_out: tuple[WentOut, ...] = ()


class PersonDecision(msgspec.Struct, frozen=True):
    """What was decided on a person; `answer` and `retry_after_s` as in `Decided`."""

    proof: Proof
    decision: Decision
    answer: Decision | None = None
    retry_after_s: int | None = None
    person: Person | None = None
    outings: tuple[Outing, ...] = ()


class Site(msgspec.Struct, frozen=True):
    """Where a scan was made, and what holds there now."""

    path: str
    checkpoint_id: str | None
    rules: Rules
    parts: tuple[Part, ...] = ()  # zones that hold a part of what lies behind the gate

    @property
    def community(self) -> str:
        """The path of the community in which the gate lies; the gate's own path where that is higher."""
        return "/".join(self.path.split("/", _COMMUNITY_LEVEL + 1)[: _COMMUNITY_LEVEL + 1])
