"""What registration answers about employers, their staff, venues and vehicles."""

from datetime import date, datetime

from pydantic import BaseModel, RootModel


class EmployerStep(BaseModel):
    """Who changed an employer, by which act, when and why."""

    act: str
    by: str
    at: datetime
    since: date
    reason: str


class Employer(BaseModel):
    """An employer."""

    employer_id: str
    name: str
    code: str
    kind: str
    area_path: str
    clerk_ids: list[str]
    state: str
    state_since: date
    people: int
    steps: list[EmployerStep] = []


class ShiftCount(BaseModel):
    """How many work in a shift."""

    shift: str
    people: int


class EmployerCounts(BaseModel):
    """How many work for an employer today, and how many of them may not come in."""

    people: int
    absent: int
    shifts: list[ShiftCount]


class FamilyMember(BaseModel):
    """A person who lives with a member of staff."""

    name: str
    relation: str


class EmployeeStep(BaseModel):
    """Who changed an entry, by which act, when and why."""

    act: str
    by: str
    at: datetime
    reason: str


class Employee(BaseModel):
    """A member of an employer's staff; `may_work` is whether the person may come in today."""

    employee_id: str
    name: str
    phone: str | None
    id_number: str
    resident_id: str | None
    household_id: str | None
    post: str
    workshop: str
    team: str
    shift: str
    since: date
    until: date | None
    may_work: bool
    home: str = ""
    family: list[FamilyMember] = []
    steps: list[EmployeeStep] = []


class Vehicle(BaseModel):
    """A vehicle of an owner."""

    vehicle_id: str
    plate: str
    kind: str
    new_energy: bool
    since: date
    until: date | None


class Vehicles(RootModel[list[Vehicle]]):
    """The vehicles of an owner."""


class DeskKeeper(BaseModel):
    """A keeper of a desk."""

    person_id: str
    name: str | None
    since: date
    until: date | None


class Desk(BaseModel):
    """A service desk with its keepers of a day; `missing` keepers make it two."""

    name: str
    post: str
    keepers: list[DeskKeeper]
    former: list[DeskKeeper]
    missing: int


class VenueStep(BaseModel):
    """Who changed a venue, when and why."""

    by: str
    at: datetime
    since: date
    reason: str


class Venue(BaseModel):
    """A venue with its desks."""

    venue_id: str
    area_path: str
    kind: str
    name: str
    opening: str
    employer_id: str | None
    closed_on: date | None
    has_gap: bool
    desks: list[Desk]
    steps: list[VenueStep]
