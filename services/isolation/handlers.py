"""What isolation does at the events of others, and when something falls due."""

from services.isolation.usecases import Deps, arrivals, cases, measurements, plans
from shared.bus.consumer import EventConsumer
from shared.events.checkpoint import AlertRaised
from shared.events.registration import JourneyDeclaredV1, JourneyEvent, JourneyFacts
from shared.replicas.residents import follow_residents
from shared.store.deadlines import Handler

consumer = EventConsumer[Deps]("isolation")
follow_residents(consumer)


@consumer.on(JourneyEvent, JourneyDeclaredV1)
async def on_journey(deps: Deps, event: JourneyFacts) -> None:
    """Plan a case for an arrival from a high-risk region, or let the open one last as long."""
    await arrivals.follow_journey(deps, event)


@consumer.on(AlertRaised)
async def on_alert_raised(deps: Deps, event: AlertRaised) -> None:
    """Put a breach on the case."""
    await cases.breached(deps, event)


DEADLINES: dict[str, Handler[Deps]] = {
    plans.MEASUREMENT_DUE: measurements.missed,
    cases.RELEASE_DUE: cases.release_due,
    arrivals.BEGIN_DUE: arrivals.begin_planned,
}
