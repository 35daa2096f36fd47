"""What registration answers about appeals against a colour."""

from datetime import datetime

from pydantic import BaseModel

from shared.base.persons import same_person


class Appeal(BaseModel):
    """An appeal: its text, against which colour by which evidence, until when it is due, and what became of it."""

    appeal_id: str
    resident_id: str
    area_path: str
    text: str
    colour: str
    rule: str
    evidence: str
    made_by: str
    made_at: datetime
    due_at: datetime
    overdue: bool
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    ended: bool
    advice: str | None

    def is_of(self, subject: str) -> bool:
        """Whether this person made it, or it is about this person."""
        return same_person(subject, self.made_by) or same_person(subject, self.resident_id)
