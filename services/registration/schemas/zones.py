"""Bodies about zones."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.registration.domain.zones import StepKind
from services.registration.schemas import Body, Id, Path, Reason, View
from shared.envelope.open_enum import KNOWN
from shared.events.registration import PlaceLevel
from shared.events.registration_zones import ZoneKind, ZoneRules, ZoneState
from shared.web.times import Day, ZonedInstant

MOST_PLACES = 50
Moment = Annotated[ZonedInstant, AfterValidator(lambda at: at.astimezone(UTC).replace(microsecond=0))]
Source = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Item = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{2,39}$")]
Places = Annotated[list[Path], Field(min_length=1, max_length=MOST_PLACES)]


class Quota(Body):
    """How many of a household may leave in so many days of the city."""

    persons: Annotated[int, Field(ge=1, le=10)]
    days: Annotated[int, Field(ge=1, le=14)]


class ZoneBody(Body):
    """The places of a zone, from when on, by which document, why, and when it is looked at again.

    The client makes `zone_id` (UUIDv7): a repeat is harmless. `quota` takes the place of the policy's.
    """

    zone_id: Id
    kind: Annotated[ZoneKind, KNOWN]
    paths: Places
    since: Moment
    review_on: Day
    source: Source
    reason: Reason
    quota: Quota | None = None


class PlacesBody(Body):
    """The places that a zone would hold."""

    paths: Places


class HitView(View):
    """How many households live at the places; `takes_two`: an order for them takes a second person, by kind."""

    paths: list[str]
    households: int
    takes_two: dict[str, bool]


class NoteBody(Body):
    """Why, or what was looked at."""

    reason: Reason


class TickView(View):
    """An item of the checklist; `by`, `at` and `note` of who ticked it, null where it is not done."""

    item: str
    by: str | None = None
    at: datetime | None = None
    note: str | None = None


class StepView(View):
    """One act on the way to the lifting, by an official of a level."""

    kind: StepKind
    level: PlaceLevel
    by: str
    at: datetime
    note: str


class ZoneItem(View):
    """A zone: where, since when, who proposed and who ordered it, and where it stands."""

    zone_id: str
    kind: ZoneKind
    state: ZoneState
    area_path: str
    paths: list[str]
    households: int
    since: datetime
    until: datetime | None
    review_on: date
    review_due: bool
    source: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    ordered_by: str | None
    ordered_at: datetime | None
    decision: str


class ZoneView(ZoneItem):
    """A zone with the rules that hold there, its checklist, and the acts on the way to its lifting.

    The lifting is asked for and approved by officials of the levels in `chain`, from `soonest_lift` on; the next step
    is one of `next_level`.
    """

    rules: list[ZoneRules]
    checklist: list[TickView]
    steps: list[StepView]
    chain: list[PlaceLevel]
    next_level: PlaceLevel | None
    soonest_lift: datetime
