"""What registration does at the events of others, and when something falls due."""

from services.registration.usecases import Deps, appeals, import_work, orders, standings
from shared.bus.consumer import EventConsumer
from shared.events import checkpoint, isolation
from shared.store.deadlines import Bulk, Handler

consumer = EventConsumer("registration")


@consumer.on(isolation.CaseOpened)
async def on_case_opened(event: isolation.CaseOpened, deps: Deps) -> None:
    """Turn the code red."""
    await standings.case_opened(deps, event)


@consumer.on(isolation.CaseReleased, isolation.CaseCancelled)
async def on_case_ended(event: isolation.CaseReleased | isolation.CaseCancelled, deps: Deps) -> None:
    """Let the case count no longer."""
    await standings.case_ended(deps, event)


@consumer.on(isolation.FeverReported)
async def on_fever_reported(event: isolation.FeverReported, deps: Deps) -> None:
    """Keep the fever as evidence."""
    await standings.fever_reported(deps, event)


@consumer.on(checkpoint.AlertRaised)
async def on_alert_raised(event: checkpoint.AlertRaised, deps: Deps) -> None:
    """Keep a fever at a gate as evidence."""
    await standings.fever_seen(deps, event)


def deadlines() -> dict[str, Handler]:
    """Return what one process does when something falls due."""
    return _DEADLINES | {import_work.STEP: Bulk(import_work.ImportSteps())}


_DEADLINES: dict[str, Handler] = {
    standings.REVIEW: lambda deadline, deps: standings.review(deps, deadline),
    appeals.DUE: lambda deadline, deps: appeals.due(deps, deadline),
    orders.EXPIRES: lambda deadline, deps: orders.expire(deps, deadline),
    orders.APPLIES: lambda deadline, deps: orders.carry_out_part(deps, deadline),
    orders.LIFTS: lambda deadline, deps: orders.carry_out_part(deps, deadline),
}
