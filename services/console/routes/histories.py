"""Histories: what an import and who else changed of residents' files, and how it is undone."""

import asyncio

from fastapi.responses import HTMLResponse, Response

from services.console.client import histories, rosters, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.people import or_none
from shared.web.roles import Role

ROWS = 50

router = page_router()


@router.get("/imports/{import_id}/changes")
async def list_changed_rows(visit: Person, import_id: str, after: str = "") -> HTMLResponse:
    """Show which rows of an import changed what, with what was before."""
    path = f"/v1/imports/{import_id}"
    imported, page = await asyncio.gather(
        visit.api.get("registration", path, rosters.Import),
        visit.api.get("registration", f"{path}/changes", views.Page[histories.Change], after=after, limit=ROWS),
    )
    names = await visit.names(one.resident_id for one in page.items)
    return visit.page("imports/changes.html", imported=imported, page=page, named=names, after=after)


@router.post("/imports/{import_id}/undo")
async def undo_import(visit: Acting, import_id: str) -> Response:
    """Ask that an import is undone, and lead to its progress."""
    body = {"reason": visit.value("reason")}
    try:
        await visit.api.post("registration", f"/v1/imports/{import_id}/undo", histories.ImportUndo, body)
    except (ApiRefused, ApiAway) as error:
        return await show_import(visit, import_id, problem_text(visit, error), error.status)
    return visit.go(f"/imports/{import_id}/undo")


async def show_import(
    visit: Staffed, import_id: str, problem: str | None = None, status: int = 200, most: int = 200
) -> HTMLResponse:
    """Show how far an import is, and once it is finished what can be done with it; of bad rows `most`."""
    imported = await visit.api.get("registration", f"/v1/imports/{import_id}", rosters.Import)
    undo = None
    if imported.finished_at and imported.kind in ("residents", "employees"):
        undo = await or_none(visit.api.get("registration", f"/v1/imports/{import_id}/undo", histories.ImportUndo))
    template = "imports/progress.html" if visit.is_partial else "imports/show.html"
    facts = {"imported": imported, "undo": undo, "most": most, "may_undo": visit.is_one_of(OFFICE | {Role.EMPLOYER})}
    return visit.page(template, status, problem=problem, reason=visit.value("reason"), **facts)


@router.get("/imports/{import_id}/undo")
async def show_undo(visit: Person, import_id: str, after: str = "") -> HTMLResponse:
    """Show how far an undoing is, and which rows stay; htmx asks for the progress alone, until it is finished."""
    path = f"/v1/imports/{import_id}/undo"
    kind = views.Page[histories.KeptRow]
    undo = await visit.api.get("registration", path, histories.ImportUndo)
    kept = await visit.api.get("registration", f"{path}/kept", kind, after=after, limit=ROWS) if undo.kept else None
    names = await visit.names(one.resident_id for one in kept.items if one.resident_id) if kept else {}
    template = "imports/undoing.html" if visit.is_partial else "imports/undo.html"
    return visit.page(template, undo=undo, kept=kept, named=names, after=after)


@router.get("/people/{resident_id}/changes")
async def list_changes(visit: Person, resident_id: str, after: str = "") -> HTMLResponse:
    """Show the history of a resident's file, the newest change first."""
    return await _history(visit, resident_id, after)


async def _history(
    visit: Staffed, resident_id: str, after: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    path, kind = f"/v1/residents/{resident_id}/changes", views.Page[histories.Change]
    page = await visit.api.get("registration", path, kind, after=after, limit=ROWS)
    names = await visit.names([resident_id])
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "page": page, "after": after}
    filled = {"may_undo": visit.is_one_of(OFFICE), "reason": visit.value("reason")}
    return visit.page("people/changes.html", status, problem=problem, **facts, **filled)


@router.post("/people/{resident_id}/changes/{change_id}/undo")
async def undo_change(visit: Acting, resident_id: str, change_id: str) -> Response:
    """Give a file back what it was before one change."""
    path = f"/v1/residents/{resident_id}/changes"
    try:
        body = {"reason": visit.value("reason")}
        await visit.api.post("registration", f"{path}/{change_id}/undo", histories.Change, body)
    except (ApiRefused, ApiAway) as error:
        return await _history(visit, resident_id, "", problem_text(visit, error), error.status)
    return visit.go(f"/people/{resident_id}/changes")
