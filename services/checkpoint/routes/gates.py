"""Gates over HTTP."""

from typing import Annotated

from services.checkpoint.domain.gate import Gate
from services.checkpoint.routes.callers import Office, Staff, Uses
from services.checkpoint.schemas.gates import GateBody
from services.checkpoint.usecases import gates
from shared.web.http import api_router
from shared.web.pages import Listing, Page, listed

router = api_router("gates")


@router.put("/gates")
async def define_gate(body: GateBody, deps: Uses, caller: Office) -> GateBody:
    """Define a gate (卡口) or change it (R2.1)."""
    gate = Gate(body.gate_id, body.name, body.area_path, checkpoint_id=body.checkpoint_id)
    return GateBody.model_validate(await gates.define_gate(deps, caller, gate))


@router.get("/gates")
async def list_gates(deps: Uses, caller: Staff, listing: Annotated[Listing, listed(searched="name")]) -> Page[GateBody]:
    """List the gates in the caller's area, a page at a time."""
    rows = await deps.store.gates.within(caller.area, listing.after, listing.limit, listing.q)
    following = rows[-1].gate_id if len(rows) == listing.limit else None
    return listing.page(map(GateBody.model_validate, rows), following)
