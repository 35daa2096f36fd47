"""Bodies about journeys home and risk regions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.journeys import JourneyState
from services.registration.domain.legs import MOST_LEGS
from services.registration.schemas import Body, Id, Reason, Region, View
from services.registration.schemas.imports import RowProblemItem
from shared.base import normal_form
from shared.events.registration import Risk
from shared.web.texts import typed
from shared.web.times import ZonedInstant


class RiskListBody(Body):
    """Risk regions in force from a day on, as `province/city/...`: risk."""

    regions: dict[Region, Risk] = Field(max_length=5000)


class ListedRegionItem(View):
    """A region of a list with its risk, and from and until when it holds, where the list states it."""

    region: str
    risk: Risk
    since: datetime | None
    until: datetime | None


class RiskListView(View):
    """The risk regions in force on a day, and since when.

    `regions` names each region once, with its highest risk; `entries` are the rows of the list, with their hours.
    """

    in_force_since: date
    regions: dict[str, Risk]
    entries: list[ListedRegionItem]
    stated_by: str
    stated_at: datetime | None


class RegionFileView(View):
    """What a file of risk regions states for a day: with one bad row nothing of it is stored.

    `changed`: the list is another than before; the journeys that are declared already follow within minutes.
    """

    day: date
    rows: int
    problems: list[RowProblemItem]
    entries: list[ListedRegionItem]
    stored: bool
    changed: bool


Plate = Annotated[str, typed(normal_form.plate), StringConstraints(max_length=16)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class LegBody(Body):
    """A part of a journey by one means of transport: from where to where, when, with train or flight, seat or plate."""

    from_region: Region
    to_region: Region
    departs_at: ZonedInstant
    arrives_at: ZonedInstant
    transport: Short = ""
    number: Short = ""
    seat: Short = ""
    plate: Plate = ""


class LegItem(View):
    """A leg of a journey as it was declared."""

    from_region: str
    to_region: str
    departs_at: datetime
    arrives_at: datetime
    transport: str
    number: str
    seat: str
    plate: str


class ReassessmentItem(View):
    """How a list changed the risk of a journey: by which region of the list of which day."""

    at: datetime
    before: Risk
    risk: Risk
    list_date: date | None
    region: str


class JourneyBody(Body):
    """A journey home (返程人员登记). The client makes `journey_id` (UUIDv7), so that a repeat is harmless.

    `legs`, where they are stated, begin in `origin_region` on `departs_on` and end on `arrives_on`. `contact` is a
    phone by which the traveller is reached under way.
    """

    journey_id: Id
    resident_id: Id
    origin_region: Region
    departs_on: date
    arrives_on: date
    route: Annotated[str, StringConstraints(max_length=200)] = ""
    transport: Annotated[str, StringConstraints(max_length=60)] = ""
    plate: Plate = ""
    contact: Annotated[str, typed(normal_form.phone), StringConstraints(pattern=r"^(\+?[0-9]{5,19})?$")] = ""
    legs: Annotated[tuple[LegBody, ...], Field(max_length=MOST_LEGS)] = ()


class JourneyDaysBody(Body):
    """The new days of a journey, and its new legs where it was declared by legs."""

    departs_on: date
    arrives_on: date
    legs: Annotated[tuple[LegBody, ...], Field(max_length=MOST_LEGS)] = ()


class JourneyFilter(StrEnum):
    """Which journeys a list holds: those of a state, or those that wait for a second person."""

    PLANNED = "planned"
    CURRENT = "current"
    PAST = "past"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    WAITING = "waiting"


class RefusalBody(Body):
    """Why a journey is refused."""

    reason: Reason


class JourneyView(View):
    """A declared journey with its risk, by which list and region; until `counts_from` it is planned, without a colour.

    `reassessed` are the changes that later lists made to the risk.

    `stated_by` is the official on whose word alone it rests; where the colour falls back unless a second person
    confirms it, `falls_back_at` is when. `refusal` is the reason of the official who refused it.
    """

    journey_id: str
    resident_id: str
    area_path: str
    origin_region: str
    risk: Risk
    risk_list_date: date | None
    risk_region: str
    reassessed: list[ReassessmentItem]
    departs_on: date
    arrives_on: date
    route: str
    transport: str
    plate: str
    contact: str
    legs: list[LegItem]
    declared_at: datetime
    counts_from: date
    cancelled: bool
    state: JourneyState
    declared_by: str
    stated_by: str | None
    confirmed_by: str | None
    falls_back_at: datetime | None
    refused_by: str | None
    refused_at: datetime | None
    refusal: str
