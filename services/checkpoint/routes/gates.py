"""Gates over HTTP."""

from services.checkpoint.routes.callers import PAGE, Limit, Office, Staff, Uses
from services.checkpoint.schemas.gates import GateBody, GatePage
from services.checkpoint.usecases import gates
from shared.store.mongo import Document
from shared.web.http import api_router

router = api_router("gates")


@router.put("/gates")
async def define_gate(body: GateBody, deps: Uses, caller: Office) -> GateBody:
    """Define a gate (卡口) or change it (R2.1)."""
    return _gate(await gates.define_gate(deps, caller, **body.model_dump()))


@router.get("/gates")
async def list_gates(deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE) -> GatePage:
    """List the gates in the caller's area, a page at a time."""
    found = await deps.store.gates.within(caller.area, after, limit)
    following = found[-1]["_id"] if len(found) == limit else None
    return GatePage(items=[_gate(gate) for gate in found], next=following)


def _gate(found: Document) -> GateBody:
    facts = {name: found.get(name) for name in ("name", "area_path", "checkpoint_id")}
    return GateBody(gate_id=found["_id"], **facts)
