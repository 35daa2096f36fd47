"""Permits: how long a person may be let through, and by which credentials a visitor is known (R2.5, R2.10)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.base.errors import Invalid
from shared.base.private import PRIVATE, SEALED
from shared.events.checkpoint import PermitKind
from shared.events.registration_zones import PassClass

LONGEST_VISIT = timedelta(hours=24)
# A courier comes every day; the office lets a courier in for weeks, a gate does not.
LONGEST_COURIER = timedelta(days=30)
# An entry of a list without an end holds until it is withdrawn.
OPEN_ENDED = datetime(9999, 1, 1, tzinfo=UTC)
LISTED = "listed"  # what an entry of a gate's list serves
# A class holds several reasons: who leaves for a doctor is not known by it.
_CLASSES = dict.fromkeys(("medical", "work", "official", "delivery", LISTED), PassClass.ESSENTIAL) | dict.fromkeys(
    ("supplies", "repair"), PassClass.NEEDED
)

_SLIP_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no look-alikes


class Purpose(StrEnum):
    """What a visitor comes for."""

    VISIT = "visit"
    DELIVERY = "delivery"
    REPAIR = "repair"
    OFFICIAL = "official"
    OTHER = "other"


class ExitReason(StrEnum):
    """What a resident could leave a closed compound for; registration has given such permissions since (R1.8)."""

    MEDICAL = "medical"
    WORK = "work"
    SUPPLIES = "supplies"
    OTHER = "other"


@dataclass(frozen=True)
class Visitor:
    """A visitor or courier as registered (R2.5). `id_number` and `plate` are known at the gate as well as the slip."""

    permit_id: str
    checkpoint_id: str | None
    gate_id: str | None
    name: str
    phone: str
    purpose: Purpose
    until: datetime
    host_resident_id: str | None = None
    id_number: str | None = None
    plate: str | None = None


@dataclass(frozen=True)
class Personal:
    """What a visitor states at the gate of themselves; the store keeps it sealed, no event carries it."""

    name: str = field(metadata=PRIVATE)
    phone: str = field(metadata=PRIVATE)
    id_number: str | None = field(default=None, metadata=PRIVATE)
    plate: str | None = field(default=None, metadata=PRIVATE)


@dataclass(frozen=True)
class Withdrawal:
    """Who withdrew a permit, when and why."""

    by: str
    at: datetime
    reason: str = field(metadata=SEALED)


@dataclass(frozen=True)
class Permit:
    """A permit of a visitor, of an entry of a list, or to leave; until `ends_at` it lets its holder through.

    Gates know it by the ids in `known_as`: one for each credential whose keyed hash is in `shown`, or one for the
    resident. `asked` is the keyed hash of the request. `sealed` is a visitor's `Personal`, `label` a part of a plate.
    """

    permit_id: str
    known_as: tuple[str, ...]
    kind: PermitKind
    area_path: str
    checkpoint_id: str | None
    since: datetime
    until: datetime
    ends_at: datetime
    granted_by: str
    granted_at: datetime
    resident_id: str | None = None
    shown: tuple[str, ...] = ()
    withdrawn: Withdrawal | None = None
    asked: str | None = None
    reason: ExitReason | None = None
    purpose: Purpose | None = None
    host_resident_id: str | None = None
    sealed: str | None = field(default=None, metadata=PRIVATE)
    label: str | None = field(default=None, metadata=PRIVATE)

    @property
    def serves(self) -> PassClass:
        """How needful it is, by which zones tell whose permits count; it does not give the reason away."""
        return _CLASSES.get(self.reason or self.purpose or LISTED, PassClass.OTHER)

    def lasts(self, until: datetime) -> bool:
        """Whether it holds, and up to that instant."""
        return self.withdrawn is None and self.until == until


def check_visit(purpose: Purpose, until: datetime, by_office: bool, now: datetime) -> None:
    """Raise `Invalid` when a visit ends too late: after a day, but a courier whom the office registers after 30."""
    longest = LONGEST_COURIER if purpose is Purpose.DELIVERY and by_office else LONGEST_VISIT
    _check_end(now, until, longest, now)


def check_entry(until: datetime, now: datetime) -> None:
    """Raise `Invalid` when an entry of a list would be over already."""
    _check_end(now, until, OPEN_ENDED - now, now)


def _check_end(since: datetime, until: datetime, longest: timedelta, now: datetime) -> None:
    if until <= max(since, now):
        raise Invalid("checkpoint.permit_over", "'until' has passed, or lies before the beginning: correct it")
    if until > since + longest:
        hours = int(longest / timedelta(hours=1))
        text = f"This may last {hours} hours at most: choose an earlier 'until'"
        raise Invalid("checkpoint.permit_too_long", text, hours=hours)


def slip(digest: str) -> str:
    """Return the short code on a visitor's slip: 40 bits of a keyed hash (hex), as V-7K2M9QXD."""
    number = int(digest[:10], 16)
    return "V-" + "".join(_SLIP_LETTERS[number >> shift & 31] for shift in range(35, -1, -5))


def masked(plate: str) -> str:
    """Return what a list shows of a plate: its beginning and its end, as 鄂A···45."""
    return f"{plate[:2]}···{plate[-2:]}"
