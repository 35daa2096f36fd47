"""Gates: where scans are made (R2.1)."""

from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from shared.base.area import within
from shared.base.errors import Conflict, Invalid
from shared.events.checkpoint import GateDefined
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def define_gate(
    deps: Deps, caller: Principal, gate_id: str, name: str, area_path: str, checkpoint_id: str | None
) -> Document:
    """Define a gate or change it (R2.1); the same again changes nothing."""
    caller.require_area(area_path, f"the place {area_path}")
    async with deps.unit_of_work() as work:
        old = await deps.store.gates.get(gate_id, work)
        if old and not caller.sees(old["area_path"]):
            raise Conflict("checkpoint.gate_taken", f"The gate_id {gate_id} is taken elsewhere: choose another")
        if checkpoint_id:
            await _check_belongs(deps, caller, area_path, checkpoint_id, work)
        gate = {
            "_id": gate_id,
            "name": name,
            "area_path": area_path,
            "closed": False,
            "checkpoint_id": checkpoint_id,
        }
        if gate != old:
            await deps.store.gates.put(gate, work)
            work.emit(GateDefined(gate_id=gate_id, name=name, area_path=area_path, checkpoint_id=checkpoint_id))
    return gate


async def _check_belongs(deps: Deps, caller: Principal, area_path: str, checkpoint_id: str, work: UnitOfWork) -> None:
    checkpoint = await visible(deps, caller, checkpoint_id, work)
    if not within(area_path, checkpoint["area_path"]):
        text = f"The gate lies outside its checkpoint's place {checkpoint['area_path']}: correct one of the two"
        raise Invalid("checkpoint.gate_outside", text)
