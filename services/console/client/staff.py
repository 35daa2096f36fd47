"""What registration answers about the staff directory and about who answers for a place."""

from datetime import date, datetime

from pydantic import BaseModel


class DatedDuty(BaseModel):
    """A duty from a day on; `until` is the first day after."""

    duty: str
    since: date
    until: date | None


class DatedArea(BaseModel):
    """An area from a day on; `until` is the first day after."""

    area_path: str
    since: date
    until: date | None


class StaffMember(BaseModel):
    """An entry of the directory."""

    person_id: str
    name: str
    phone: str | None
    unit: str
    area_path: str
    qualifications: list[str]
    duties: list[DatedDuty]
    areas: list[DatedArea]
    active_from: date
    active_until: date | None

    @property
    def duties_now(self) -> list[str]:
        """The duties that have not ended."""
        return [one.duty for one in self.duties if one.until is None]


class StaffState(BaseModel):
    """An entry before a change or after it."""

    name: str
    unit: str
    area_path: str
    qualifications: list[str]
    duties: list[str]
    active_until: date | None


class StaffChange(BaseModel):
    """A change of an entry."""

    change_id: str
    act: str
    by: str
    at: datetime
    since: date
    reason: str
    import_id: str | None
    before: StaffState | None
    after: StaffState | None


class Colleague(BaseModel):
    """The name of an official."""

    person_id: str
    name: str
    unit: str


class Colleagues(BaseModel):
    """Names of officials by a batch look-up."""

    items: list[Colleague]


class Period(BaseModel):
    """That a person answers or answered for a place."""

    path: str
    person_id: str
    name: str | None
    unit: str | None
    duty: str
    since: date | None
    until: date | None
    named_by: str | None


class Level(BaseModel):
    """Those who answered for one place."""

    path: str
    name: str | None
    keepers: list[Period]


class Responsible(BaseModel):
    """Who answered for a door or a place on a day."""

    path: str
    day: date
    nearest: list[Period]
    levels: list[Level]
