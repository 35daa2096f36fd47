"""Health codes over HTTP."""

import io
from typing import Any

import segno
from fastapi import APIRouter, Response

from services.registration.routes.callers import Anyone, Uses
from services.registration.schemas.codes import CodeView
from services.registration.usecases import standings

SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {}}, "description": "The QR code"}}

router = APIRouter(prefix="/v1", tags=["codes"])


@router.get("/residents/{resident_id}/code")
async def issue_code(resident_id: str, deps: Uses, caller: Anyone) -> CodeView:
    """Issue the resident's signed health code (健康码)."""
    text, code = await standings.issue_code(deps, caller, resident_id)
    return CodeView(code=text, colour=code.colour, expires_at=code.expires_at)


@router.get("/residents/{resident_id}/code.svg", response_class=Response, responses=SVG)
async def draw_code(resident_id: str, deps: Uses, caller: Anyone) -> Response:
    """Draw the resident's signed health code as a QR code."""
    text, _ = await standings.issue_code(deps, caller, resident_id)
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", scale=6, border=4)
    return Response(drawing.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})
