"""Mappings of foreign rosters that the office remembers: listed, changed, forgotten; and the events of an import."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from services.console.client import mappings, views
from services.console.client.apis import ApiAway, ApiRefused, SignedOut
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.showing import sheets

ROWS = 50

router = page_router()


def by_title(visit: Staffed) -> dict[str, str]:
    """Return the mapping of the form: the column by each title, empty where it is not read."""
    return dict(zip(visit.values("title"), visit.values("column"), strict=False))


@router.get("/imports/mappings")
async def list_mappings(visit: Person, after: str = "") -> HTMLResponse:
    """Show what the office remembers, to change it and to forget it."""
    return await _listed(visit, after)


async def _listed(visit: Staffed, after: str = "", problem: str | None = None, status: int = 200) -> HTMLResponse:
    kind = views.Page[mappings.Mapping]
    page = await visit.api.get("registration", "/v1/import-mappings", kind, after=after, limit=ROWS)
    await visit.name_colleagues(*(one.by for one in page.items))
    facts = {"page": page, "roster_columns": sheets.COLUMNS}
    return visit.page("imports/mappings.html", status, problem=problem, **facts)


@router.post("/imports/mappings")
async def change(visit: Acting) -> Response:
    """Change a mapping."""
    body = {"kind": visit.value("kind"), "columns": by_title(visit)}
    try:
        await visit.api.put("registration", "/v1/import-mappings", mappings.Mapping, body)
    except (ApiRefused, ApiAway) as error:
        return await _listed(visit, problem=problem_text(visit, error), status=error.status)
    return visit.go("/imports/mappings")


@router.post("/imports/mappings/{mapping_id}/forget")
async def forget(visit: Acting, mapping_id: str) -> Response:
    """Forget a mapping."""
    try:
        await visit.api.send("DELETE", "registration", f"/v1/import-mappings/{mapping_id}")
    except (ApiRefused, ApiAway) as error:
        return await _listed(visit, problem=problem_text(visit, error), status=error.status)
    return visit.go("/imports/mappings")


@router.get("/imports/{import_id}/events")
async def follow(
    visit: Person,
    import_id: str,
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", pattern=r"^[a-z0-9-]{0,60}$")] = "",
) -> Response:
    """Send how far an import is as it goes on; the page then asks for its part anew."""
    events = visit.api.follow("registration", f"/v1/imports/{import_id}/events", last_event_id)
    first = await anext(events, None)  # what refuses the stream is answered before it begins
    if first is None:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return StreamingResponse(_passed_on(first, events), media_type="text/event-stream", headers=headers)


async def _passed_on(first: bytes, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    try:
        async for piece in events:
            yield piece
    except (ApiAway, ApiRefused, SignedOut):
        return  # the browser asks again with the last id that it has


@router.get("/imports/{import_id}/errors.xlsx")
async def error_sheet(visit: Person, import_id: str) -> Response:
    """Return the bad rows of an import, to correct and to send again."""
    answer = await visit.api.send("GET", "registration", f"/v1/imports/{import_id}/error-sheet", 120.0)
    name = f'attachment; filename="errors-{import_id[:8]}.xlsx"'
    return Response(answer.content, media_type=sheets.XLSX, headers={"Content-Disposition": name})
