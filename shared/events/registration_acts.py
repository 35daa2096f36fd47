"""Acts of officials that registration publishes, of which others learn at once."""

from datetime import date, datetime

from shared.envelope.event import Event

ACTS = "registration.acts.v1"


class OfficialAct(Event, topic=ACTS, key="subject_id", base=True):
    """An act of an official of which others learn at once; `subject_id` is the person or the order it is about."""

    subject_id: str
    area_path: str
    resident_id: str | None = None


class CodeDrawn(OfficialAct):
    """An official drew or printed a health code of the resident."""

    code_id: str
    drawn_by: str
    printed: bool
    at: datetime


class ContactReplaced(OfficialAct):
    """An official stated how a person is reached, otherwise than before: the one who was reached so far learns of it.

    `sealed_before` opens as that of `ContactPointsChanged`; `subject_id` is the person.
    """

    replaced_by: str
    sealed_before: str
    at: datetime


class SingleOrdersExceeded(OfficialAct):
    """An officer asked alone for more colours by hand than one gives on a day: this one waits for a second person."""

    officer: str
    day: date
    orders: int


class RowsToExamine(OfficialAct):
    """Rows that an official has sent wait for this office to examine them, the first of that official on a day.

    `area_path` is the office's area; `subject_id` stands for the official, the office and the day.
    """

    asked_by: str
    day: date
