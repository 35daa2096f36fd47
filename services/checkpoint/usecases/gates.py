"""Gates: where scans are made (R2.1)."""

from services.checkpoint.usecases import Deps
from shared.access import Principal
from shared.errors import Conflict
from shared.events.checkpoint import GateDefined
from shared.mongo import Document
from shared.unit_of_work import retry_conflicts


@retry_conflicts
async def define_gate(deps: Deps, caller: Principal, gate_id: str, name: str, area_path: str) -> Document:
    """Define a gate or change it (R2.1); the same again changes nothing."""
    caller.require_area(area_path, f"the place {area_path}")
    async with deps.unit_of_work() as work:
        old = await deps.store.gates.get(gate_id, work)
        if old and not caller.sees(old["area_path"]):
            raise Conflict("checkpoint.gate_taken", f"The gate_id {gate_id} is taken elsewhere: choose another")
        gate = {"_id": gate_id, "name": name, "area_path": area_path, "closed": False}
        if gate != old:
            await deps.store.gates.put(gate, work)
            work.emit(GateDefined(gate_id=gate_id, name=name, area_path=area_path))
    return gate
