"""Bodies about journeys home and risk regions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.journeys import JourneyState
from services.registration.schemas import Body, Id, Reason, Region, View
from shared.base import normal_form
from shared.events.registration import Risk
from shared.web.texts import typed


class RiskListBody(Body):
    """Risk regions in force from a day on, as `province/city/...`: risk."""

    regions: dict[Region, Risk] = Field(max_length=5000)


class RiskListView(View):
    """The risk regions in force on a day, and since when."""

    in_force_since: date
    regions: dict[str, Risk]


class JourneyBody(Body):
    """A journey home (返程人员登记). The client makes `journey_id` (UUIDv7), so that a repeat is harmless."""

    journey_id: Id
    resident_id: Id
    origin_region: Region
    departs_on: date
    arrives_on: date
    route: Annotated[str, StringConstraints(max_length=200)] = ""
    transport: Annotated[str, StringConstraints(max_length=60)] = ""
    plate: Annotated[str, typed(normal_form.plate), StringConstraints(max_length=16)] = ""


class JourneyDaysBody(Body):
    """The new days of a journey."""

    departs_on: date
    arrives_on: date


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
    """A declared journey with the risk its origin had; until `counts_from` it is planned and changes no colour.

    `stated_by` is the official on whose word alone it rests; where the colour falls back unless a second person
    confirms it, `falls_back_at` is when. `refusal` is the reason of the official who refused it.
    """

    journey_id: str
    resident_id: str
    area_path: str
    origin_region: str
    risk: Risk
    risk_list_date: date | None
    departs_on: date
    arrives_on: date
    route: str
    transport: str
    plate: str
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
