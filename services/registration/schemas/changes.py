"""Bodies about changes of residents' files."""

from datetime import datetime

from services.registration.domain.changes import TITLES, Act, Change, Details, Field
from services.registration.domain.changes import words_of as words
from services.registration.schemas import View


class FieldChangeItem(View):
    """One field before and after a change, in words; null where it is another office's to read."""

    field: str
    title: str
    before: str | None
    after: str | None


class ChangeView(View):
    """A change of a resident's file: who, when, why, and what was before.

    `row` of `import_id` states it, or the request with the correlation id `request`, or the
    acceptance of `examination_id`; `undoes` is the change or the import that it undoes.
    """

    change_id: str
    resident_id: str
    act: Act
    by: str
    at: datetime
    reason: str | None
    request: str
    import_id: str | None
    row: int | None
    examination_id: str | None
    undoes: str | None
    changes: list[FieldChangeItem]


def change_view(change: Change, details: Details, seen: tuple[bool, bool]) -> ChangeView:
    """Return a change as a caller reads it, who may read what was `before` it and what is `after` it."""
    before, after = seen
    items = [
        FieldChangeItem(
            field=one.field.value,
            title=TITLES[one.field],
            before=words(one.field, one.before) if before else None,
            after=words(one.field, one.after) if after else None,
        )
        for one in details.fields
        if one.field is not Field.HOUSEHOLD
    ]
    return ChangeView.of(change, reason=details.reason if before and after else None, changes=items)
