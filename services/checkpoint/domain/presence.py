"""Where a resident is, and at which gate they were last: by the newest passages, in whatever order they come."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import msgspec

from services.checkpoint.domain.passage import StoredPassage
from shared.events.checkpoint import CredentialKind, Direction, Mode, Verdict

_OWN = {CredentialKind.CODE, CredentialKind.CARD, CredentialKind.ID_NUMBER}


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """Where a resident is since `moved_at`, at which gate they showed themselves last, when they were refused last."""

    moved_at: datetime | None = None
    inside: str | None = None
    shown_at: datetime | None = None
    gate_id: str | None = None
    denied_at: datetime | None = None

    @property
    def newest(self) -> datetime | None:
        """When the last passage of them was."""
        known = [at for at in (self.moved_at, self.shown_at, self.denied_at) if at is not None]
        return max(known, default=None)


def went_through(passage: StoredPassage) -> bool:
    """Whether a person was let through, by the rules or all the same (R2.4)."""
    return bool(passage.verdict == Verdict.ALLOW or passage.override)


def showed(passage: StoredPassage) -> bool:
    """Whether a passage says where a resident's code, card or number was; a paper list is written at any time."""
    return passage.resident_id is not None and passage.mode != Mode.PAPER and passage.credential_kind in _OWN


def followed(known: Seen, passage: StoredPassage) -> Seen:
    """Return what is known after a passage; one that is older than what is known changes nothing."""
    at, gate_id = passage.at, passage.gate_id
    if went_through(passage):
        inside = passage.area_path if passage.direction == Direction.IN else None
        # Of two at one instant the one that came in counts, whichever is recorded first.
        if known.moved_at is None or (at, inside or "") > (known.moved_at, known.inside or ""):
            known = msgspec.structs.replace(known, moved_at=at, inside=inside)
    if showed(passage) and (known.shown_at is None or (at, gate_id) > (known.shown_at, known.gate_id)):
        known = msgspec.structs.replace(known, shown_at=at, gate_id=gate_id)
    if passage.verdict == Verdict.DENY and (known.denied_at is None or at > known.denied_at):
        known = msgspec.structs.replace(known, denied_at=at)
    return known


def by_district(inside: Mapping[str, int]) -> dict[str, int]:
    """Return how many are inside by district, the second level of area paths: few enough for a label of a metric."""
    counts: Counter[str] = Counter()
    for path, count in inside.items():
        counts["/".join(path.split("/")[:3])] += count
    return dict(counts)
