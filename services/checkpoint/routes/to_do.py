"""What waits for an official at gates, over HTTP: numbers, which name no person."""

from services.checkpoint.domain.gate import GateState
from services.checkpoint.domain.reviews import REVIEW_WITHIN
from services.checkpoint.routes.callers import Staff, Uses
from services.checkpoint.schemas.to_do import ToDoView
from services.checkpoint.usecases import gates
from shared.web.http import api_router

router = api_router("to-do", about="What waits for an official at gates: numbers, which name no person.")


@router.get("/to-do")
async def count_to_do(deps: Uses, caller: Staff) -> ToDoView:
    """How much waits at the gates of the caller's area: alerts and overrides to review, silent gates (R2.7, R2.9)."""
    alerts = await deps.store.alerts.count_open(caller.area)
    late, overrides = await deps.store.overrides.count_within(caller.area, deps.clock.now() - REVIEW_WITHIN)
    return ToDoView(
        alerts=sum(alerts.values()),
        alerts_by_rule=alerts,
        overrides=overrides,
        overrides_late=late,
        silent_gates=await gates.count(deps, caller.area, GateState.SILENT),
    )
