"""The flow at gates over HTTP (R2.7)."""

from datetime import timedelta

from services.checkpoint.domain.flow import Minute
from services.checkpoint.routes.callers import Staff, Uses, zoned
from services.checkpoint.schemas.flow import FlowView, MinuteView
from shared.base.errors import Invalid
from shared.web.http import api_router
from shared.web.ids import MaybeCode, MaybePath
from shared.web.times import Instant

# Every passage of the window is read: so many that an answer takes a moment and no longer.
LONGEST_AT_GATE, LONGEST_WITHIN = timedelta(days=1), timedelta(minutes=30)
MOST_GATES = 100

router = api_router("reading")


@router.get("/flow")
async def show_flow(
    deps: Uses,
    caller: Staff,
    gate_id: MaybeCode = "",
    within: MaybePath = "",
    since: Instant | None = None,
    until: Instant | None = None,
) -> FlowView:
    """Count by minute who went in and out: at a gate for up to a day, or at all gates within a path for 30 minutes."""
    if bool(gate_id) == bool(within):
        raise Invalid("checkpoint.subject_missing", "Name either a gate_id or a path within which the gates lie")
    longest = LONGEST_AT_GATE if gate_id else LONGEST_WITHIN
    end = zoned(until or deps.clock.now())
    start = zoned(since or end - longest)
    if not timedelta() < end - start <= longest:
        text = f"'until' follows 'since' by at most {longest}: ask for less, or for one gate"
        raise Invalid("checkpoint.window", text)
    gates = [gate_id] if gate_id else await _gates(deps, caller, within)
    minutes = [minute for gate in gates for minute in await deps.store.flow.at_gate(gate, caller.area, start, end)]
    return FlowView(since=start, until=end, items=[_minute(minute) for minute in minutes])


def _minute(minute: Minute) -> MinuteView:
    return MinuteView.model_validate(minute, by_name=True)


async def _gates(deps: Uses, caller: Staff, path: str) -> list[str]:
    caller.require_area(path, f"the place {path}")
    gates = await deps.store.gates.within(path, "", MOST_GATES + 1)
    if len(gates) > MOST_GATES:
        text = f"More than {MOST_GATES} gates lie within {path}: ask for a part of it"
        raise Invalid("checkpoint.too_many_gates", text, most=MOST_GATES)
    return [gate.gate_id for gate in gates]
