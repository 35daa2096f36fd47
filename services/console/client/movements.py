"""What checkpoint answers about the passages of a person, and registration about journeys."""

from datetime import date, datetime

from pydantic import BaseModel, Field

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
