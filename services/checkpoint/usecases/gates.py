"""Gates: where scans are made, and how their devices are (R2.1, R2.7)."""

from collections.abc import Sequence
from typing import NamedTuple

from services.checkpoint.domain.gate import Condition, Gate, GateState, Sign, condition
from services.checkpoint.store.gates import in_state
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from shared.base.area import within
from shared.base.errors import Conflict, Invalid, NotFound
from shared.events.checkpoint import GateDefined
from shared.store.mongo import Document
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


class Watched(NamedTuple):
    """A gate and how its devices are."""

    gate: Gate
    condition: Condition


async def show(deps: Deps, caller: Principal, gate_id: str) -> Watched:
    """Return a gate in the caller's area. Raises `NotFound`."""
    gate = await deps.store.gates.get(gate_id)
    if gate is None or not caller.sees(gate.area_path):
        raise NotFound("checkpoint.no_such_gate", f"The gate {gate_id} was not found in your area")
    (watched,) = await _watched(deps, [gate])
    return watched


async def find(deps: Deps, path: str, state: GateState | None, q: str, after: str, limit: int) -> list[Watched]:
    """Return up to `limit` gates within the path in the order of their ids, those behind `after`."""
    only = await _in_state(deps, path, state) if state else None
    return await _watched(deps, await deps.store.gates.within(path, after, limit, q, only))


async def count(deps: Deps, path: str, state: GateState) -> int:
    """Return how many gates of places within the path are in that state."""
    return await deps.store.gates.count(path, await _in_state(deps, path, state))


async def _watched(deps: Deps, gates: Sequence[Gate]) -> list[Watched]:
    signs = await deps.store.devices.signs_at([gate.gate_id for gate in gates])
    since = deps.clock.now() - deps.device_rules.silent_after
    at_gate: dict[str, list[Sign]] = {}
    for sign in signs:
        at_gate.setdefault(sign.gate_id, []).append(sign)
    return [Watched(gate, condition(gate, at_gate.get(gate.gate_id, ()), since)) for gate in gates]


async def _in_state(deps: Deps, path: str, state: GateState) -> Document:
    signs = await deps.store.devices.signs_within(path)
    since = deps.clock.now() - deps.device_rules.silent_after
    alive = {sign.gate_id for sign in signs if sign.last_seen > since}
    return in_state(state, {sign.gate_id for sign in signs}, alive)
