"""How far an import is, as server-sent events; and its bad rows as a sheet to correct."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Request, Response
from fastapi.responses import StreamingResponse

from services.registration.domain.imports import Import, RowProblem
from services.registration.rosters.error_sheets import Wording
from services.registration.rosters.row_texts import chinese_of_row, failure_in
from services.registration.routes.callers import Language, Staff, Uses
from services.registration.schemas.imports import ImportItem
from services.registration.usecases import Deps, following_imports, import_files, import_work
from shared.base.json_types import Json
from shared.base.sheet_streams import MEDIA_TYPES, Form
from shared.web.access import Access, Principal, bearer
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.language import ZH
from shared.web.step_up import Fresh

EVENTS = "text/event-stream"
PURPOSE, ERROR_SHEET = "correction of an import", "error sheet of an import"
# A proxy that gathers an answer would hold the events back until the import has ended.
UNBUFFERED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
_STREAM: dict[int | str, Json] = {  # Any: FastAPI's own type
    200: {"content": {EVENTS: {}}, "description": "Events `progress`, and `end` with the last one, as JSON"}
}
_SHEET: dict[int | str, Json] = {  # Any: FastAPI's own type
    200: {"content": {MEDIA_TYPES[Form.XLSX]: {}}, "description": "The bad rows, as .xlsx"}
}
_WORDS = {
    True: ("错误行", "错误 （导入 {}）", "第 {} 行"),
    False: ("Errors", "Errors (import {})", "Row {}:"),
}
_LAST = Annotated[
    str, Header(alias="Last-Event-ID", pattern=r"^[a-z0-9-]{0,60}$", description="The id of the last event received")
]

router = api_router("import progress", about="How far imports are, and the rows to correct.")


@router.get("/imports/{import_id}/events", responses=_STREAM, response_class=StreamingResponse)
async def follow_import(
    import_id: Id, request: Request, deps: Uses, caller: Staff, language: Language, last_event_id: _LAST = ""
) -> Response:
    """Send how far an import is as server-sent events, until it ends: `progress`, and `end` with the last one (R1.12).

    With `Last-Event-ID` only what came since is sent. A stream that breaks off, also after ten minutes, is asked for
    again: any process goes on with it. It ends when the token counts no longer. Behind the last event there is nothing
    (204), so that a browser asks no more.
    """
    first = await following_imports.visible(deps, caller, import_id)
    if first.finished and last_event_id == following_imports.mark_of(first):
        return Response(status_code=204)
    access: Access = request.app.state.access
    token = bearer(request)

    async def speaks() -> Principal:
        return await access.principal(token)

    async def events() -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        async for one in following_imports.follow(deps, speaks, first, last_event_id):
            yield ": \n\n" if one is None else _event(one, language)

    return StreamingResponse(events(), media_type=EVENTS, headers=UNBUFFERED)


def _event(one: Import, language: str) -> str:
    item = ImportItem.of(one, failure=failure_in(one.failure, chinese=language == ZH))
    name = "end" if one.finished else "progress"
    return f"id: {following_imports.mark_of(one)}\nevent: {name}\ndata: {item.model_dump_json()}\n\n"


@router.get("/imports/{import_id}/error-sheet", responses=_SHEET, response_class=Response)
async def take_error_sheet(
    import_id: Id,
    deps: Uses,
    caller: Staff,
    disclosures: Disclosing,
    purpose: Reading,
    fresh: Fresh,
    language: Language,
) -> Response:
    """Return the bad rows of an import as .xlsx to correct: the columns as sent, what is wrong, the cells marked.

    Imported again, corrected, it states the import that it corrects (R1.12). Who has not sent the file takes a fresh
    sign-in by a second factor. It is recorded as a reading. Rows are kept for 30 days.
    """
    await following_imports.visible(deps, caller, import_id)  # also the sender who works elsewhere by now has none
    imported, problems = await import_work.show(deps, caller, import_id)
    if imported.by != caller.subject:
        fresh.require()
    content = await _error_sheet(deps, imported, problems, language)
    await disclosures.record_list(caller, ERROR_SHEET, imported.area_path, purpose.usual(PURPOSE))
    kept_as = {"Content-Disposition": f'attachment; filename="errors-{import_id[:8]}.xlsx"'}
    return Response(content, media_type=MEDIA_TYPES[Form.XLSX], headers=kept_as | {"Cache-Control": "no-store"})


async def _error_sheet(deps: Deps, imported: Import, problems: list[RowProblem], language: str) -> bytes:
    is_chinese = language == ZH
    wording = Wording(*_WORDS[is_chinese], chinese_of_row if is_chinese else str)
    return await import_files.write_error_sheet(deps, imported, problems, wording)
