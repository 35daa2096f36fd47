"""Visitors over HTTP (R2.5)."""

from dataclasses import asdict
from typing import Annotated

import segno
from fastapi import Depends

from services.checkpoint.domain.permit import Permit, Visitor
from services.checkpoint.routes.callers import Staff, Uses
from services.checkpoint.schemas import permits as schemas
from services.checkpoint.usecases import Deps, checkpoints, permits, visitors
from shared.base.errors import NotFound
from shared.events.checkpoint import PermitKind
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybeCode
from shared.web.pages import Listed, Page

router = api_router("visitors", "/v1/visitors", about="Visitors and couriers, registered at a gate.")

KIND = "visitors"  # of a reading

Registrar = Annotated[Principal, Depends(allow(Role.DEVICE, Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR))]


@router.post("", status_code=201)
async def register_visitor(body: schemas.VisitorBody, deps: Uses, caller: Registrar) -> schemas.SlipView:
    """Register a visitor or courier at the gate, and give them a slip for the next times (R2.5)."""
    permit = await visitors.register(deps, caller, Visitor(**body.model_dump()))
    code = visitors.slip(deps, permit.permit_id)
    return schemas.SlipView(
        permit_id=permit.permit_id,
        slip=code,
        qr_svg=segno.make(code, error="m", micro=False).svg_inline(border=4),
        area_path=permit.area_path,
        checkpoint_id=permit.checkpoint_id,
        since=permit.since,
        until=permit.until,
    )


@router.get("")
async def list_visitors(
    deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading, checkpoint_id: MaybeCode = ""
) -> Page[schemas.VisitorView]:
    """List visitors of a checkpoint, or of the caller's area, of 30 days; the `purpose` is recorded (R2.5, R2.8)."""
    path = caller.area
    if checkpoint_id:
        path = (await checkpoints.visible(deps, caller, checkpoint_id)).area_path
    await disclosures.record(caller, KIND, checkpoint_id or path, path, purpose.required())
    rows, following = await deps.store.permits.within(
        PermitKind.VISITOR, path, checkpoint_id, listing.after, listing.limit
    )
    return listing.page([_visitor(deps, permit) for permit in rows], following)


@router.get("/{permit_id}")
async def show_visitor(
    permit_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> schemas.VisitorView:
    """Show the visitor whose permit a passage names; the `purpose` is recorded (R2.5, R2.8)."""
    permit = await permits.visible_permit(deps, caller, permit_id)
    if permit.kind is not PermitKind.VISITOR:
        raise NotFound("checkpoint.no_such_visitor", "That permit is no visitor's")
    await disclosures.record(caller, KIND, permit.permit_id, permit.area_path, purpose.required())
    return _visitor(deps, permit)


def _visitor(deps: Deps, permit: Permit) -> schemas.VisitorView:
    public = schemas.PermitView.model_validate(permit).model_dump()
    more = {"purpose": permit.purpose, "host_resident_id": permit.host_resident_id}
    return schemas.VisitorView.model_validate(public | more | asdict(visitors.open_personal(deps, permit)))
