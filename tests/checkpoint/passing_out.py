"""A gate on the border of the city, and the passes by which people leave there (R1.8)."""

from datetime import timedelta
from typing import Any

from shared.base.ids import new_id
from shared.events import registration_exits as exits
from shared.events.checkpoint import CheckpointDefined, CheckpointKind, GateDefined, PassageRecorded, Policy
from shared.events.checkpoint_passes import PassUsesChanged
from shared.events.registration_exits import ExitReach, ExitState
from tests.checkpoint.gate import COMPOUND, DOOR, GATE, NOW, Gate, dweller, scan

CHECKPOINT = "cp-border"
STATES = {
    ExitState.APPROVED: exits.ExitApproved,
    ExitState.REVOKED: exits.ExitRevoked,
    ExitState.EXPIRED: exits.ExitExpired,
    ExitState.REQUESTED: exits.ExitRequested,
}


def border(gate: Gate, reach: ExitReach = ExitReach.CITY) -> None:
    """Let the gate lead out of the city."""
    place = {"name": "高速收费站", "area_path": COMPOUND}
    policy = Policy(since=NOW - timedelta(days=40), leads_out=reach)
    gate.learns(
        GateDefined(gate_id=GATE, checkpoint_id=CHECKPOINT, **place),
        CheckpointDefined(checkpoint_id=CHECKPOINT, kind=CheckpointKind.ROAD, policies=(policy,), **place),
    )


def permission(*people: str, state: ExitState = ExitState.APPROVED, **more: Any) -> exits.ExitEvent:
    """Return an event of a permission to leave the city from an hour ago until in a day."""
    facts: dict[str, Any] = {
        "exit_id": new_id(),
        "resident_id": people[0],
        "household_id": "h1",
        "area_path": DOOR,
        "travellers": people,
        "reach": ExitReach.CITY,
        "since": NOW - timedelta(hours=1),
        "until": NOW + timedelta(days=1),
    }
    return STATES[state](**facts | {"state": state} | more)


def passing(gate: Gate, **more: Any) -> str:
    """Return a resident with a pass, at the border of the city."""
    who = dweller(gate)
    border(gate)
    gate.learns(permission(who, **more))
    return who


async def leaves(gate: Gate, who: str, **more: Any) -> PassageRecorded:
    """Let a resident leave by the own health code, let the recorder store it, and return the passage."""
    await gate.answer(scan("code", gate.code(who), direction="out", at=gate.service.clock.now().isoformat(), **more))
    passage = gate.passages[-1]
    await gate.service.receive(passage)
    return passage


async def uses(gate: Gate) -> list[PassUsesChanged]:
    """Return what was published of the uses of passes."""
    return list(await gate.service.emitted(PassUsesChanged))
