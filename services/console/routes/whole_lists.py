"""Whole lists with names as sheets, however long: passed on in pieces as registration writes them."""

from collections.abc import AsyncIterator

from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from services.console.client.apis import ApiRefused
from services.console.routes.callers import Acting, page_router
from services.console.routes.exports import LONGEST_PATH
from services.console.showing.texts import N_
from shared.base.sheet_streams import MEDIA_TYPES, Form

LISTS = ("residents", "households")

router = page_router()


@router.post("/people-sheets/{name}")
async def take_list(visit: Acting, name: str) -> Response:
    """Return all residents or households of an area as .xlsx or .csv; it takes a second factor, and is recorded."""
    if name not in LISTS or (form := visit.value("form", Form.XLSX.value)) not in {one.value for one in Form}:
        raise HTTPException(404)
    if visit.glass:
        text = visit.text(N_("Break-glass opens an area for reading alone: close it before you export a list."))
        raise ApiRefused("console", 403, "console.export_by_glass", text)
    body = {"area_path": visit.value("within")[:LONGEST_PATH] or visit.person.area, "form": form}
    pieces = visit.api.take("registration", f"/v1/exports/{name}", body)
    first = await anext(pieces, b"")  # what refuses the list is answered before it begins

    async def written() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    kept_as = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(written(), media_type=MEDIA_TYPES[Form(form)], headers=kept_as)
