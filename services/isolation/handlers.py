"""What isolation does at the events of others, and when something falls due."""

from collections.abc import Sequence

from services.isolation.usecases import (
    CONFIRM_DUE,
    EXTENSION_DUE,
    REFERRAL_DUE,
    Deps,
    arrivals,
    cases,
    desks,
    extensions,
    handovers,
    measurements,
    plans,
    second_person,
)
from shared.bus.consumer import EventConsumer
from shared.events.checkpoint import AlertRaised
from shared.events.registration import JourneyDeclaredV1, JourneyEvent, JourneyFacts, ResidentEvent
from shared.events.registration_desks import TriageRecorded
from shared.events.registration_moves import PlaceMoveEvent
from shared.replicas.erasures import follow_erasures
from shared.store import relocating
from shared.store.deadlines import Handler

consumer = EventConsumer[Deps]("isolation")
follow_erasures(consumer)


@consumer.on_many(ResidentEvent)
async def on_residents(deps: Deps, events: Sequence[ResidentEvent]) -> None:
    """Keep who lives where, and let the cases follow."""
    await deps.residents.keep(events)
    await handovers.follow(deps, events)


@consumer.on(JourneyEvent, JourneyDeclaredV1)
async def on_journey(deps: Deps, event: JourneyFacts) -> None:
    """Plan a case for an arrival from a high-risk region, or let the open one last as long."""
    await arrivals.follow_journey(deps, event)


@consumer.on(PlaceMoveEvent)
async def on_place_move(deps: Deps, event: PlaceMoveEvent) -> None:
    """Let cases and measurements follow places that move."""
    await relocating.follow(deps, event)


@consumer.on(AlertRaised)
async def on_alert_raised(deps: Deps, event: AlertRaised) -> None:
    """Put a breach on the case."""
    await cases.breached(deps, event)


@consumer.on(TriageRecorded)
async def on_triage(deps: Deps, event: TriageRecorded) -> None:
    """Keep what a desk measured; a fever or symptoms open a case and send the person to a clinic."""
    await desks.follow_triage(deps, event)


DEADLINES: dict[str, Handler[Deps]] = {
    plans.MEASUREMENT_DUE: measurements.missed,
    cases.RELEASE_DUE: cases.release_due,
    arrivals.BEGIN_DUE: arrivals.begin_planned,
    CONFIRM_DUE: second_person.not_confirmed,
    EXTENSION_DUE: extensions.not_confirmed,
    REFERRAL_DUE: second_person.referral_not_confirmed,
}
