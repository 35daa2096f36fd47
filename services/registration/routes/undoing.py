"""Undoing over HTTP: an import as accepted work, a single change at once."""

from typing import Any

from fastapi import Response

from services.registration.domain.undoing import ImportUndo
from services.registration.rosters.row_texts import failure_in
from services.registration.routes.callers import Employing, Importing, Language, Office, Uses, record_resident
from services.registration.routes.changes import CHANGE, PURPOSE
from services.registration.schemas.changes import ChangeView, change_view
from services.registration.schemas.undoing import ImportUndoView, KeptItem, UndoBody, kept_item
from services.registration.usecases import changes, undoing
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.language import ZH
from shared.web.pages import Listed, Page

router = api_router("undoing", about="Undoing of an import, or of one change of a file.")
_LOCATION = {"description": "Where to ask how far it is", "schema": {"type": "string"}}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"headers": {"Location": _LOCATION}}}  # Any: FastAPI's own type


@router.post("/imports/{import_id}/undo", status_code=202, responses=_ACCEPTED)
async def undo_import(
    import_id: Id, body: UndoBody, deps: Uses, caller: Employing, response: Response, language: Language
) -> ImportUndoView:
    """Accept that every file which an import changed gets back what it was; `Location` shows how far that is."""
    undo = await undoing.accept(deps, caller, import_id, body.reason)
    response.headers["Location"] = f"/v1/imports/{import_id}/undo"
    return _view(undo, language)


@router.get("/imports/{import_id}/undo")
async def show_undo(import_id: Id, deps: Uses, caller: Importing, language: Language) -> ImportUndoView:
    """Show how far the undoing of an import is."""
    return _view(await undoing.show(deps, caller, import_id), language)


def _view(undo: ImportUndo, language: str) -> ImportUndoView:
    return ImportUndoView.of(undo, failure=failure_in(undo.failure, chinese=language == ZH))


@router.get("/imports/{import_id}/undo/kept")
async def list_kept_rows(
    import_id: Id, deps: Uses, caller: Importing, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[KeptItem]:
    """List the rows of an import whose effects stay, with the cause and what to do, by row, a page at a time."""
    undo = await undoing.show(deps, caller, import_id)
    kept, following = await deps.store.undoing.page(import_id, listing.after, listing.limit)
    await disclosures.record_list(caller, CHANGE, undo.area_path, purpose.usual(PURPOSE))
    return listing.page(map(kept_item, kept), following)


@router.post("/residents/{resident_id}/changes/{change_id}/undo")
async def undo_change(
    resident_id: Id,
    change_id: Id,
    body: UndoBody,
    deps: Uses,
    caller: Office,
    disclosures: Disclosing,
    purpose: Reading,
) -> ChangeView:
    """Give a file back what it was before one change, unless the same fields have changed since (409)."""
    undone = await undoing.undo_change(deps, caller, resident_id, change_id, body.reason)
    await record_resident(deps, disclosures, caller, CHANGE, resident_id, purpose.usual(PURPOSE))
    return change_view(undone, changes.open_details(deps, undone), changes.seen_by(caller, undone))
