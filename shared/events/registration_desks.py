"""Triage desks (分诊台), as registration publishes them: the desk, and each person registered there (R1.11)."""

from datetime import datetime

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

DESKS = "registration.desks.v1"
TRIAGES = "registration.triages.v1"


class DeskSymptom(OpenEnum):
    """What a person reports at a desk besides the temperature."""

    FEVER = "fever"
    COUGH = "cough"
    SHORTNESS_OF_BREATH = "shortness_of_breath"
    FATIGUE = "fatigue"
    SORE_THROAT = "sore_throat"
    LOSS_OF_TASTE = "loss_of_taste"
    DIARRHOEA = "diarrhoea"
    MUSCLE_PAIN = "muscle_pain"


class DeskChanged(Event, topic=DESKS, key="desk_id", compacted=True):
    """The public state of a desk: where it stands and who is on duty there, by the subjects of their tokens."""

    desk_id: str
    area_path: str
    staff: tuple[str, ...] = ()
    closed: bool = False


class TriageRecorded(Event, topic=TRIAGES, key="triage_id"):
    """A person was registered at a desk, with what was measured there; a fact, which nothing changes later.

    `area_path` is the person's door, `desk_path` the desk's place. `resident_id` is None where another office examines
    who the person is. `fever` is judged by the desk's policy of that day, which `fever_source` names.
    """

    triage_id: str
    desk_id: str
    desk_path: str
    area_path: str
    resident_id: str | None = None
    household_id: str | None = None
    journey_id: str | None = None
    temperature_c: float | None = None
    symptoms: tuple[DeskSymptom, ...] = ()
    fever: bool = False
    fever_source: str = ""
    reported_by: str
    at: datetime
