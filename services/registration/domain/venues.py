"""Venues (场所): what they are, when they open, their service desks and who keeps each from when until when (R1.10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.registration.domain.staff import holds_on
from shared.base.errors import Conflict
from shared.base.private import PRIVATE, SEALED
from shared.events.registration_employers import DeskKeeper, VenueDesk, VenueKind

KEEPERS_A_DESK = 2  # the field reports: two members of staff answer for each service desk


@dataclass(frozen=True)
class VenueFacts:
    """What an office states of a venue."""

    area_path: str
    kind: VenueKind
    name: str
    opening: str = ""
    employer_id: str | None = None


@dataclass(frozen=True)
class DeskStated:
    """A desk, where it stands, and who keeps it from a day on."""

    name: str
    post: str
    keeper_ids: tuple[str, ...]


@dataclass(frozen=True)
class VenueStep:
    """Who changed a venue, when, from which day on, and why."""

    by: str
    at: datetime
    since: date
    reason: str = field(metadata=SEALED)


@dataclass(frozen=True)
class Venue:
    """A venue at its place. `desks` have the keepers of all days, each with dates."""

    venue_id: str
    area_path: str
    kind: VenueKind
    name: str
    opening: str = ""
    employer_id: str | None = None
    desks: tuple[VenueDesk, ...] = ()
    closed_on: date | None = None
    steps: tuple[VenueStep, ...] = field(default=(), metadata=PRIVATE)

    @property
    def facts(self) -> VenueFacts:
        """What an office has stated of it."""
        return VenueFacts(self.area_path, self.kind, self.name, self.opening, self.employer_id)

    @property
    def has_gap(self) -> bool:
        """Whether it is open with a desk that too few keep now, or without any desk."""
        few = any(sum(1 for one in desk.keepers if one.until is None) < KEEPERS_A_DESK for desk in self.desks)
        return self.closed_on is None and (few or not self.desks)


def keepers_on(desk: VenueDesk, day: date) -> tuple[DeskKeeper, ...]:
    """Return who keeps a desk on a day."""
    return tuple(one for one in desk.keepers if holds_on(one.since, one.until, day))


def restate(venue: Venue, facts: VenueFacts, step: VenueStep) -> Venue:
    """Return the venue as it is now stated; the same facts leave it as it is. Raises `Conflict` for a closed one."""
    if venue.facts == facts:
        return venue
    _require_open(venue)
    return replace(venue, **vars(facts), steps=(*venue.steps, step))


def staff_desks(venue: Venue, stated: Sequence[DeskStated], step: VenueStep) -> Venue:
    """Return the venue with these desks and keepers from a day on; a desk that is not stated has no keeper any more.

    Raises `Conflict` for a closed venue, and for a day before an earlier change.
    """
    by_name = {one.name: one for one in stated}
    desks = [_restaffed(desk, by_name.get(desk.name), step.since) for desk in venue.desks]
    known = {desk.name for desk in venue.desks}
    desks += [_restaffed(VenueDesk(name=one.name), one, step.since) for one in stated if one.name not in known]
    kept = tuple(desk for desk in desks if desk.keepers or desk.name in by_name)
    if kept == venue.desks:
        return venue
    _require_open(venue)
    newest = max((one.since for one in venue.steps), default=step.since)
    if step.since < newest:
        text = f"The venue has changed on {newest} already: state that day or a later one"
        chinese = f"该场所在 {newest} 已有变更：请填写该日或之后的日期"
        raise Conflict("registration.venue_order", text, detail_zh=chinese)
    return replace(venue, desks=kept, steps=(*venue.steps, step))


def close(venue: Venue, step: VenueStep) -> Venue:
    """Return the venue closed for good, its desks without keepers; again, it stays as it is."""
    if venue.closed_on is not None:
        return venue
    desks = tuple(_restaffed(desk, None, step.since) for desk in venue.desks)
    return replace(venue, desks=desks, closed_on=step.since, steps=(*venue.steps, step))


def _require_open(venue: Venue) -> None:
    if venue.closed_on is not None:
        raise Conflict("registration.venue_closed", "The venue is closed: register the new one")


def _restaffed(desk: VenueDesk, stated: DeskStated | None, day: date) -> VenueDesk:
    wanted = stated.keeper_ids if stated else ()
    ended = tuple(
        one if one.until is not None or one.person_id in wanted else one.model_copy(update={"until": day})
        for one in desk.keepers
    )
    there = {one.person_id for one in desk.keepers if one.until is None}
    new = tuple(DeskKeeper(person_id=who, since=day) for who in dict.fromkeys(wanted) if who not in there)
    return VenueDesk(name=desk.name, post=stated.post if stated else desk.post, keepers=(*ended, *new))
