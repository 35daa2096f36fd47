"""Bodies of registration's HTTP interface."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registration.domain.persons import Care
from shared.events.registration import Colour, Duty, Keeper, PlaceLevel, Risk

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")]
Path = Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]
Region = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}(/[\w-]{1,40})*$")]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^[\w.@:-]{1,64}$")]


class Body(BaseModel):
    """A request's body: a field nobody knows is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class PlaceBody(Body):
    """A place below `parent` (a path); a city has none."""

    level: PlaceLevel
    code: Code
    name: Name
    parent: Path | None = None


class KeeperBody(Body):
    """A named person and the duty; `person_id` is the subject of that person's token."""

    person_id: PersonId
    duty: Duty


class KeepersBody(Body):
    """Who answers for a place (包保)."""

    keepers: list[KeeperBody] = Field(max_length=50)


class PlaceView(BaseModel):
    """A place as shown."""

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    keepers: list[Keeper]


class PlacePage(BaseModel):
    """A page of places in the order of their paths; `next` goes into `after`."""

    items: list[PlaceView]
    next: str | None


class Counts(BaseModel):
    """How many are registered in an area."""

    households: int
    residents: int


class ResidentView(BaseModel):
    """A resident file as its own community sees it."""

    resident_id: str
    household_id: str
    area_path: str
    name: str
    phone: str | None
    categories: list[Care]
    keeper_id: str | None


class ResidentItem(BaseModel):
    """A resident in a list: no personal data."""

    resident_id: str
    household_id: str
    area_path: str
    categories: list[Care]


class ResidentPage(BaseModel):
    """A page of residents; `next` goes into `after` for the next one."""

    items: list[ResidentItem]
    next: str | None


class FindBody(Body):
    """Find a resident by ID number; in a body, so that no address or log holds it."""

    id_number: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=18, max_length=18)]


class CareBody(Body):
    """Special-care categories of a resident and the one-to-one keeper (一对一包保)."""

    categories: list[Care] = Field(max_length=6)
    keeper_id: PersonId | None = None


class ContactBody(Body):
    """How a person is reached; `urls` are Apprise addresses by channel (email, chat, sms, webhook)."""

    phone: Annotated[str, StringConstraints(max_length=20)] | None = None
    language: Annotated[str, StringConstraints(pattern="^(zh|en)$")] = "zh"
    urls: dict[str, Annotated[str, StringConstraints(max_length=500)]] = Field(default_factory=dict, max_length=5)


class RiskListBody(Body):
    """Risk regions in force from a day on, as `province/city/...`: risk."""

    regions: dict[Region, Risk] = Field(max_length=5000)


class RiskListView(BaseModel):
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
    plate: Annotated[str, StringConstraints(max_length=16)] = ""


class JourneyView(BaseModel):
    """A declared journey with the risk its origin had."""

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


class JourneyPage(BaseModel):
    """A page of journeys; `next` goes into `after`."""

    items: list[JourneyView]
    next: str | None


class StandingView(BaseModel):
    """A colour, and why: the rule, the id of the case, journey, alert or event it rests on, from when until when."""

    resident_id: str
    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None


class StandingChange(BaseModel):
    """A change of a colour, as it was made at `at`."""

    at: datetime
    colour: Colour
    isolated: bool
    rule: str
    evidence: str
    since: datetime
    until: datetime | None


class CodeView(BaseModel):
    """A signed health code, to be shown as a QR code until `expires_at`."""

    code: str
    colour: Colour
    expires_at: datetime
