"""Bodies about journeys home and risk regions."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.schemas import Body, Id, Region, View
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


class JourneyView(View):
    """A declared journey with the risk its origin had; until `counts_from` it is planned and changes no colour."""

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
