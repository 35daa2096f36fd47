"""Gates over HTTP."""

from typing import Annotated

from services.checkpoint.domain.gate import Gate, GateState
from services.checkpoint.routes.callers import Office, Staff, Uses
from services.checkpoint.schemas.gates import GateBody, GateView
from services.checkpoint.usecases import gates
from services.checkpoint.usecases.gates import Watched
from shared.web.http import api_router
from shared.web.ids import Code, MaybePath
from shared.web.pages import Listing, Page, listed

router = api_router("gates", about="The gates (卡口), and how their devices are.")


@router.put("/gates")
async def define_gate(body: GateBody, deps: Uses, caller: Office) -> GateBody:
    """Define a gate (卡口) or change it (R2.1)."""
    gate = Gate(body.gate_id, body.name, body.area_path, checkpoint_id=body.checkpoint_id)
    return GateBody.model_validate(await gates.define_gate(deps, caller, gate))


@router.get("/gates")
async def list_gates(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed(searched="name")],
    within: MaybePath = "",
    state: GateState | None = None,
) -> Page[GateView]:
    """List the gates within a path, by default the caller's area, and how their devices are, by pages (R2.7)."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    rows = await gates.find(deps, path, state, listing.q, listing.after, listing.limit)
    following = rows[-1].gate.gate_id if len(rows) == listing.limit else None
    return listing.page(map(_view, rows), following)


@router.get("/gates/{gate_id}")
async def show_gate(gate_id: Code, deps: Uses, caller: Staff) -> GateView:
    """Show a gate and how its devices are (R2.7)."""
    return _view(await gates.show(deps, caller, gate_id))


def _view(watched: Watched) -> GateView:
    gate, condition = watched
    return GateView(
        gate_id=gate.gate_id,
        name=gate.name,
        area_path=gate.area_path,
        checkpoint_id=gate.checkpoint_id,
        state=condition.state,
        devices=condition.devices,
        silent=condition.silent,
        unsent=condition.unsent,
        last_seen=condition.last_seen,
    )
