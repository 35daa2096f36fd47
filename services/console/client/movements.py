"""What checkpoint answers about the passages of a person, and registration about journeys."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.console.client.rosters import RowProblem
from services.console.client.views import Page
from shared.base.persons import same_person


class Passage(BaseModel):
    """A passage at a gate, with the verdict and its reasons."""

    scan_id: str
    gate_id: str
    gate_name: str | None = None
    area_path: str
    device_id: str
    at: datetime
    direction: str
    credential_kind: str
    verdict: str
    repeat_of: str | None = None
    reasons: list[str]
    temperature_c: float | None
    mode: str

    @property
    def gate(self) -> str:
        """The name of the gate, else its id."""
        return self.gate_name or self.gate_id


class ReasonText(BaseModel):
    """What a reason of a gate means, in both languages."""

    code: str
    zh: str
    en: str


class Contact(BaseModel):
    """A resident who passed the same gates within minutes."""

    resident_id: str
    times: int
    closest_s: float
    first_at: datetime
    last_at: datetime
    gates: list[str]
    gate_names: list[str] = []
    same_vehicle: bool

    @property
    def places(self) -> str:
        """The names of the gates, else their ids."""
        return ", ".join(self.gate_names or self.gates)


class Contacts(Page[Contact]):
    """Contacts, of how many passages; with `cut` they reach back to `since` only."""

    since: datetime
    until: datetime
    cut: bool
    passages: int
    people: int = Field(validation_alias="found")
    strangers: int


class Leg(BaseModel):
    """A leg of a journey: from where to where, when, and by what."""

    from_region: str
    to_region: str
    departs_at: datetime
    arrives_at: datetime
    transport: str = ""
    number: str = ""
    seat: str = ""
    plate: str = ""


class Reassessment(BaseModel):
    """How a list of risk regions changed the risk of a journey."""

    at: datetime
    before: str
    risk: str
    list_date: date | None
    region: str


class ListedRegion(BaseModel):
    """A region of a list of risk regions, with the hours for which it is listed."""

    region: str
    risk: str
    since: datetime | None
    until: datetime | None


class RiskList(BaseModel):
    """The risk regions in force from a day on."""

    in_force_since: date
    entries: list[ListedRegion]
    stated_by: str
    stated_at: datetime | None


class RegionFile(BaseModel):
    """What a file of risk regions states; with a bad row nothing is stored."""

    day: date
    rows: int
    problems: list[RowProblem]
    entries: list[ListedRegion]
    stored: bool
    changed: bool
    unknown_columns: list[str] = []
    unread_sheets: list[str] = []
    skipped: list[str] = []


class Journey(BaseModel):
    """A journey home as it was declared, and what became of it."""

    journey_id: str
    resident_id: str
    area_path: str
    origin_region: str
    risk: str
    risk_list_date: date | None
    departs_on: date
    arrives_on: date
    route: str
    transport: str
    plate: str
    contact: str = ""
    legs: list[Leg] = []
    risk_region: str = ""
    reassessed: list[Reassessment] = []
    declared_at: datetime
    counts_from: date
    state: str
    declared_by: str
    stated_by: str | None
    confirmed_by: str | None
    falls_back_at: datetime | None
    refused_by: str | None
    refused_at: datetime | None
    refusal: str

    @property
    def is_taken_back(self) -> bool:
        """Whether it was cancelled or refused."""
        return self.state in ("cancelled", "refused")

    @property
    def rests_on_one(self) -> bool:
        """Whether it rests on one official's word that no second person has confirmed or refused."""
        return self.stated_by is not None and self.confirmed_by is None and not self.is_taken_back

    def is_of(self, subject: str) -> bool:
        """Whether this person declared it."""
        return same_person(subject, self.stated_by) or same_person(subject, self.declared_by)
