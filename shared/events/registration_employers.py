"""What registration publishes of employers (单位), their staff, venues and vehicles: no name of a person (R1.10)."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

EMPLOYERS = "registration.employers.v1"
EMPLOYEES = "registration.employees.v1"
VENUES = "registration.venues.v1"
VEHICLES = "registration.vehicles.v1"


class EmployerKind(OpenEnum):
    """What an employer is."""

    COMPANY = "company"
    FACTORY = "factory"
    CONSTRUCTION = "construction"
    LOGISTICS = "logistics"
    SHOP = "shop"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    PUBLIC_BODY = "public_body"
    OTHER = "other"


class EmployerState(OpenEnum):
    """Whether an employer works: as ever, not now, or again after it was closed (复工)."""

    WORKING = "working"
    CLOSED = "closed"
    RESUMED = "resumed"


class EmployerEvent(Event, topic=EMPLOYERS, key="employer_id", compacted=True, base=True):
    """The public state of an employer. `clerk_ids` are the accounts that act for it; `code` is its public number."""

    employer_id: str
    area_path: str
    name: str
    code: str
    kind: EmployerKind
    clerk_ids: tuple[str, ...] = ()
    state: EmployerState
    state_since: date


class EmployerRegistered(EmployerEvent):
    """An employer was registered."""


class EmployerChanged(EmployerEvent):
    """The name, the kind, the place or the clerks of an employer changed."""


class EmployerClosed(EmployerEvent):
    """An employer closed its doors."""


class EmployerResumed(EmployerEvent):
    """An employer works again (复工)."""


class EmployeeEvent(Event, topic=EMPLOYEES, key="employee_id", compacted=True, base=True):
    """The public state of a member of an employer's staff: without name, phone and number.

    `area_path` is the employer's. `resident_id` and `household_id` are null for a person without a file in the city.
    From `until` on the person works there no longer.
    """

    employee_id: str
    employer_id: str
    area_path: str
    resident_id: str | None = None
    household_id: str | None = None
    workshop: str = ""
    team: str = ""
    shift: str = ""
    since: date
    until: date | None = None


class EmployeeStarted(EmployeeEvent):
    """A person works for an employer, or works there again."""


class EmployeeChanged(EmployeeEvent):
    """The workshop, the team, the shift, the post or the file of a member of staff changed."""


class EmployeeLeft(EmployeeEvent):
    """A person works for the employer no longer; the record stays."""


class VenueKind(OpenEnum):
    """What a venue is."""

    SUPERMARKET = "supermarket"
    MARKET = "market"
    PHARMACY = "pharmacy"
    HOTEL = "hotel"
    RESTAURANT = "restaurant"
    CLINIC = "clinic"
    BANK = "bank"
    SERVICE_HALL = "service_hall"
    OTHER = "other"


class DeskKeeper(BaseModel):
    """A keeper of a service desk from a day on; `until` is the first day after."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    since: date
    until: date | None = None


class VenueDesk(BaseModel):
    """A service desk of a venue, where it stands, and its keepers of all days."""

    model_config = ConfigDict(frozen=True)

    name: str
    post: str = ""
    keepers: tuple[DeskKeeper, ...] = ()


class VenueEvent(Event, topic=VENUES, key="venue_id", compacted=True, base=True):
    """The public state of a venue; from `closed_on` on it is open no longer."""

    venue_id: str
    area_path: str
    kind: VenueKind
    name: str
    opening: str = ""
    employer_id: str | None = None
    desks: tuple[VenueDesk, ...] = ()
    closed_on: date | None = None


class VenueRegistered(VenueEvent):
    """A venue was registered."""


class VenueChanged(VenueEvent):
    """The name, the hours, the desks or the keepers of a venue changed."""


class VenueClosed(VenueEvent):
    """A venue closed for good; its record stays."""


class VehicleKind(OpenEnum):
    """What a vehicle is."""

    CAR = "car"
    VAN = "van"
    TRUCK = "truck"
    BUS = "bus"
    MOTORCYCLE = "motorcycle"
    OTHER = "other"


class VehicleEvent(Event, topic=VEHICLES, key="vehicle_id", compacted=True, base=True):
    """The public state of a vehicle, without its plate: whose it is, a resident's or an employer's, and when."""

    vehicle_id: str
    area_path: str
    kind: VehicleKind
    new_energy: bool = False
    resident_id: str | None = None
    employer_id: str | None = None
    since: date
    until: date | None = None


class VehicleRegistered(VehicleEvent):
    """A vehicle was registered for its owner."""


class VehicleEnded(VehicleEvent):
    """A vehicle is the owner's no longer; the record stays."""
