"""Bodies about triage desks and the people registered there."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.registration.domain.triage import CardGiven, NextStep, Outcome
from services.registration.schemas import Body, Id, Name, Path, PersonId, Region, View
from services.registration.schemas.journeys import Plate, Short
from services.registration.schemas.residents import whole_number
from shared.base import normal_form
from shared.envelope.open_enum import KNOWN
from shared.events.registration import Risk
from shared.events.registration_desks import DeskSymptom
from shared.web.texts import typed
from shared.web.times import Day

Part = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
Phone = Annotated[str, typed(normal_form.phone), StringConstraints(pattern=r"^(\+?[0-9]{4,19})?$")]
Card = Annotated[str, typed(normal_form.card), StringConstraints(max_length=64)]


class DeskBody(Body):
    """A desk: the place where it stands, its name, and who is on duty there."""

    area_path: Path
    name: Name
    staff: Annotated[list[PersonId], Field(max_length=50)] = Field(default_factory=list)
    closed: bool = False


class DeskView(View):
    """A desk and who is on duty there."""

    desk_id: str
    area_path: str
    name: str
    staff: list[str]
    closed: bool


class DeskDayView(View):
    """A desk's day in figures."""

    desk_id: str
    day: date
    registered: int
    new_files: int
    examined: int
    journeys: int
    high_risk: int
    fevers: int
    with_symptoms: int
    cards: int


class DoorBody(Body):
    """A door in a compound; building and unit may be empty."""

    compound: Path
    building: Part = ""
    unit: Part = ""
    room: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class TriagePersonBody(Body):
    """Who stands at the desk: by one of `resident_id`, `id_number`, `card` and `phone`.

    A number without a file in the area opens one, with `name` and `door`. `contact_phone` is how the person is reached.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id_number": "120101198005170019",
                    "name": "王伟",
                    "contact_phone": "13800000001",
                    "door": {"compound": "/jinhe/hedong/chunhua/c01/a1/g01/p01", "building": "3", "room": "501"},
                }
            ]
        }
    )

    resident_id: Id | None = None
    id_number: Annotated[str, typed(whole_number), StringConstraints(max_length=18)] = ""
    card: Card = ""
    phone: Phone = ""
    name: Annotated[str, typed(normal_form.name), StringConstraints(max_length=60)] = ""
    contact_phone: Phone = ""
    door: DoorBody | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if sum(map(bool, (self.resident_id, self.id_number, self.card, self.phone))) != 1:
            raise ValueError("one of resident_id, id_number, card and phone: send one, without the others")
        return self


class TriageJourneyBody(Body):
    """The journey home: from where, when, by what."""

    origin_region: Region
    departs_on: Day
    arrives_on: Day
    route: Annotated[str, StringConstraints(max_length=200)] = ""
    transport: Short = ""
    plate: Plate = ""


class TriageBody(Body):
    """One person at a desk. The client makes `triage_id` (UUIDv7), so that a repeat is harmless.

    `blank_card` is the number of a printed card that is given; without it the desk makes a number.
    """

    triage_id: Id
    person: TriagePersonBody
    journey: TriageJourneyBody | None = None
    temperature_c: float | None = None
    symptoms: list[Annotated[DeskSymptom, KNOWN]] = Field(default_factory=list, max_length=8)
    issue_card: bool = True
    blank_card: Card = ""


class TriageView(View):
    """What was recorded of a person at a desk, and what is to be done next, the most urgent first.

    `card` is the number that the desk made, on that day and for who gave it alone; `card_given` is which card it was.
    """

    triage_id: str
    desk_id: str
    area_path: str
    outcome: Outcome
    resident_id: str | None
    journey_id: str | None
    risk: Risk | None
    temperature_c: float | None
    symptoms: list[DeskSymptom]
    fever: bool
    fever_source: str
    card_given: CardGiven
    card: str
    next_steps: list[NextStep]
    reported_by: str
    at: datetime
