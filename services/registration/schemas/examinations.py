"""Bodies about rows that wait for another office."""

from datetime import datetime

from services.registration.domain.examinations import State
from services.registration.schemas import Body, Reason, View


class ExaminationItem(View):
    """A row about a person of the office's area: who sent it from which area, and what was decided."""

    examination_id: str
    resident_id: str
    home_path: str
    area_path: str
    asked_by: str
    asked_at: datetime
    state: State
    decided_by: str | None
    decided_at: datetime | None
    decision: str


class ExaminationView(ExaminationItem):
    """A row with what it states: the name, the door, the phone and the special care that the file would have."""

    name: str
    door: str
    phone: str | None
    categories: list[str] | None


class ExaminationDecisionBody(Body):
    """Why a row is accepted or refused."""

    reason: Reason
