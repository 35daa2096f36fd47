"""What registration publishes of the staff directory (工作人员名册), without names and phones (R1.2)."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

STAFF = "registration.staff.v1"


class Qualification(OpenEnum):
    """What a member of staff is trained for."""

    DOCTOR = "doctor"
    NURSE = "nurse"
    SAMPLER = "sampler"
    EPIDEMIOLOGIST = "epidemiologist"
    PSYCHOLOGIST = "psychologist"
    DISINFECTOR = "disinfector"
    DRIVER = "driver"
    SECURITY = "security"
    INTERPRETER = "interpreter"
    COOK = "cook"
    REPAIR = "repair"


class StaffDuty(OpenEnum):
    """What a member of staff does; who answers for a place is a keeper of that place (`Duty`)."""

    LEADER = "leader"
    CLERK = "clerk"
    GRID_WORK = "grid_work"
    GATE = "gate"
    SAMPLING = "sampling"
    MEDICAL = "medical"
    DISINFECTION = "disinfection"
    DELIVERY = "delivery"
    PATROL = "patrol"
    COUNSELLING = "counselling"
    PUBLICITY = "publicity"
    VOLUNTEER = "volunteer"


class DatedDuty(BaseModel):
    """A duty from a day on; `until` is the first day on which it is one no longer."""

    model_config = ConfigDict(frozen=True)

    duty: StaffDuty
    since: date
    until: date | None = None


class DatedArea(BaseModel):
    """An area in which a person works from a day on; `until` is the first day elsewhere."""

    model_config = ConfigDict(frozen=True)

    area_path: str
    since: date
    until: date | None = None


class StaffEvent(Event, topic=STAFF, key="person_id", compacted=True, base=True):
    """The public state of a member of staff; `person_id` is the subject of that person's token.

    `area_path` is the present area, or the last one; from `active_until` on the person is in the directory no longer.
    """

    person_id: str
    area_path: str
    unit: str
    qualifications: tuple[Qualification, ...] = ()
    duties: tuple[DatedDuty, ...] = ()
    areas: tuple[DatedArea, ...] = ()
    active_from: date
    active_until: date | None = None


class StaffRegistered(StaffEvent):
    """A person came into the directory, or came back."""


class StaffChanged(StaffEvent):
    """The name, the unit, the qualifications, the duties or the area of a member of staff changed."""


class StaffEnded(StaffEvent):
    """A person is staff no longer; the entry stays."""
