"""Visitors over HTTP (R2.5)."""

from typing import Annotated

import segno
from fastapi import Depends

from services.checkpoint.domain.permit import Visitor
from services.checkpoint.routes.callers import PAGE, Limit, Staff, Uses, stated
from services.checkpoint.routes.permits import shown
from services.checkpoint.schemas import permits as schemas
from services.checkpoint.store.readings import Kind
from services.checkpoint.usecases import Deps, checkpoints, permits, visitors
from shared.base.errors import NotFound
from shared.events.checkpoint import PermitKind
from shared.store.mongo import Document
from shared.web.access import Principal, Role, allow
from shared.web.http import api_router

router = api_router("visitors", "/v1/visitors")

Registrar = Annotated[Principal, Depends(allow(Role.DEVICE, Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR))]


@router.post("", status_code=201)
async def register_visitor(body: schemas.VisitorBody, deps: Uses, caller: Registrar) -> schemas.SlipView:
    """Register a visitor or courier at the gate, and give them a slip for the next times (R2.5)."""
    permit = await visitors.register(deps, caller, Visitor(**body.model_dump()))
    code = visitors.slip(deps, permit["_id"])
    drawn = segno.make(code, error="m", micro=False).svg_inline(border=4)
    return schemas.SlipView.model_validate(shown(permit) | {"slip": code, "qr_svg": drawn})


@router.get("")
async def list_visitors(
    deps: Uses, caller: Staff, checkpoint_id: str = "", purpose: str = "", after: str = "", limit: Limit = PAGE
) -> schemas.VisitorPage:
    """List visitors of a checkpoint, or of the caller's area, of 30 days; why is asked and kept (R2.5, R2.8)."""
    path = caller.area
    if checkpoint_id:
        path = (await checkpoints.visible(deps, caller, checkpoint_id))["area_path"]
    await _note(deps, caller, checkpoint_id or path, purpose)
    found, following = await deps.store.permits.within(PermitKind.VISITOR, path, checkpoint_id, after, limit)
    return schemas.VisitorPage(items=[_visitor(deps, one) for one in found], next=following)


@router.get("/{permit_id}")
async def show_visitor(permit_id: str, deps: Uses, caller: Staff, purpose: str = "") -> schemas.VisitorView:
    """Show the visitor whose permit a passage names; why is asked and kept (R2.5, R2.8)."""
    permit = await permits.visible_permit(deps, caller, permit_id)
    if permit["kind"] != PermitKind.VISITOR:
        raise NotFound("checkpoint.no_such_visitor", "That permit is no visitor's")
    await _note(deps, caller, permit["_id"], purpose)
    return _visitor(deps, permit)


async def _note(deps: Deps, caller: Principal, what: str, purpose: str) -> None:
    reader = (caller.subject, caller.area)
    await deps.store.readings.note(Kind.VISITORS, reader, what, stated(purpose), deps.clock.now())


def _visitor(deps: Deps, permit: Document) -> schemas.VisitorView:
    return schemas.VisitorView.model_validate(shown(permit) | visitors.opened(deps, permit))
