"""Bodies about undoing."""

from datetime import datetime

from services.registration.domain.undoing import WHAT_TO_DO, Cause, Kept, State
from services.registration.schemas import Body, Reason, View


class UndoBody(Body):
    """Why an import or a change is undone."""

    reason: Reason


class ImportUndoView(View):
    """How far the undoing of an import is: of `rows` that added or changed a file, `handled` have an outcome.

    `restored` files have their former state, `withdrawn` persons are taken off, `kept` rows stay as they are.
    """

    import_id: str
    state: State
    by: str
    reason: str
    asked_at: datetime
    rows: int
    handled: int
    restored: int
    withdrawn: int
    kept: int
    failure: str | None
    finished_at: datetime | None


class KeptItem(View):
    """A row of an import whose effect stays, why, and what to do; no id of a person who is another office's."""

    row: int
    resident_id: str | None
    cause: Cause
    advice: str


def kept_item(kept: Kept) -> KeptItem:
    """Return the view of a row that stays."""
    resident_id = None if kept.cause is Cause.EXAMINE else kept.resident_id
    return KeptItem(row=kept.row, resident_id=resident_id, cause=kept.cause, advice=WHAT_TO_DO[kept.cause])
