"""Bodies about venues and their service desks."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from services.registration.domain.staff import StaffMember
from services.registration.domain.venues import KEEPERS_A_DESK, DeskStated, Venue, VenueFacts, keepers_on
from services.registration.schemas import Body, Id, Name, Path, PersonId, Reason, View
from shared.base import normal_form
from shared.envelope.open_enum import KNOWN
from shared.events.registration_employers import DeskKeeper, VenueDesk, VenueKind
from shared.web.texts import typed
from shared.web.times import Day

KnownVenueKind = Annotated[VenueKind, KNOWN]
Opening = Annotated[str, typed(normal_form.fold), StringConstraints(max_length=100)]


class DeskBody(Body):
    """A service desk: its name, where it stands, and who keeps it, by the accounts of the staff directory."""

    name: Name
    post: Opening = ""
    keeper_ids: list[PersonId] = Field(default_factory=list, max_length=20)


class DesksBody(Body):
    """All desks of a venue with their keepers from the day `since` on, by default today, and why they change."""

    desks: list[DeskBody] = Field(max_length=100)
    since: Day | None = None
    reason: Reason

    @model_validator(mode="after")
    def check_names(self) -> "DesksBody":
        """Raise `ValueError` for two desks of one name."""
        if len({one.name for one in self.desks}) < len(self.desks):
            raise ValueError("two desks have one name: give each its own (服务台名称重复)")
        return self

    def stated(self) -> list[DeskStated]:
        """Return the desks."""
        return [DeskStated(one.name, one.post, tuple(one.keeper_ids)) for one in self.desks]


class VenueFactsBody(Body):
    """What an office states of a venue, and why it changes; `opening` are its hours in words."""

    area_path: Path
    kind: KnownVenueKind
    name: Name
    opening: Opening = ""
    employer_id: Id | None = None
    reason: Reason

    def facts(self) -> VenueFacts:
        """Return what is stated."""
        return VenueFacts(self.area_path, self.kind, self.name, self.opening, self.employer_id)


class VenueBody(VenueFactsBody):
    """A venue with its desks. The client makes `venue_id` (UUIDv7): a repeat is harmless."""

    venue_id: Id
    desks: list[DeskBody] = Field(default_factory=list, max_length=100)
    since: Day | None = None


class ClosureBody(Body):
    """The first day on which the venue is open no longer, by default today, and why."""

    day: Day | None = None
    reason: Reason


class DeskKeeperItem(View):
    """A keeper of some days; `name` is null for a person without an entry in the staff directory."""

    person_id: str
    name: str | None
    since: date
    until: date | None


class DeskItem(View):
    """A desk with its keepers of the asked day, and those of other days; `missing` keepers make it two."""

    name: str
    post: str
    keepers: list[DeskKeeperItem]
    former: list[DeskKeeperItem]
    missing: int


class VenueStepItem(View):
    """Who changed the venue, when, from which day on, and why."""

    by: str
    at: datetime
    since: date
    reason: str


class VenueView(View):
    """A venue with its desks as they are on a day; `has_gap`: now too few keep one of them."""

    venue_id: str
    area_path: str
    kind: VenueKind
    name: str
    opening: str
    employer_id: str | None
    closed_on: date | None
    has_gap: bool
    desks: list[DeskItem]
    steps: list[VenueStepItem]


def venue_view(venue: Venue, day: date, known: Mapping[str, StaffMember]) -> VenueView:
    """Return a venue as it is on a day, with the names of the directory."""
    return VenueView.of(venue, desks=[_desk_item(desk, day, known) for desk in venue.desks])


def _desk_item(desk: VenueDesk, day: date, known: Mapping[str, StaffMember]) -> DeskItem:
    now = keepers_on(desk, day)
    items = {one: _keeper_item(one, known) for one in desk.keepers}
    former = [items[one] for one in desk.keepers if one not in now]
    missing = max(0, KEEPERS_A_DESK - len(now))
    return DeskItem.of(desk, keepers=[items[one] for one in now], former=former, missing=missing)


def _keeper_item(one: DeskKeeper, known: Mapping[str, StaffMember]) -> DeskKeeperItem:
    member = known.get(one.person_id)
    return DeskKeeperItem.of(one, name=member.name if member else None)
