"""Gates: where scans are made (R2.1)."""

from services.checkpoint.domain.gate import Gate
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from shared.base.area import within
from shared.base.errors import Conflict, Invalid
from shared.events.checkpoint import GateDefined
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def define_gate(deps: Deps, caller: Principal, gate: Gate) -> Gate:
    """Define a gate or change it (R2.1); the same again changes nothing."""
    caller.require_area(gate.area_path, f"the place {gate.area_path}")
    async with deps.unit_of_work() as work:
        old = await deps.store.gates.get(gate.gate_id, work)
        if old and not caller.sees(old.area_path):
            raise Conflict("checkpoint.gate_taken", f"The gate_id {gate.gate_id} is taken elsewhere: choose another")
        if gate.checkpoint_id:
            await _check_belongs(deps, caller, gate.area_path, gate.checkpoint_id, work)
        if gate != old:
            await deps.store.gates.put(gate, work)
            work.emit(GateDefined.of(gate))
    return gate


async def _check_belongs(deps: Deps, caller: Principal, area_path: str, checkpoint_id: str, work: UnitOfWork) -> None:
    checkpoint = await visible(deps, caller, checkpoint_id, work)
    if not within(area_path, checkpoint.area_path):
        text = f"The gate lies outside its checkpoint's place {checkpoint.area_path}: correct one of the two"
        raise Invalid("checkpoint.gate_outside", text)
