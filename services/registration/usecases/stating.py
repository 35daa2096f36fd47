"""Journeys as events, for version 2 of their topic, which is keyed by the journey and compacted."""

from collections.abc import AsyncIterator

from services.registration.usecases import Deps
from shared.events.registration import JOURNEYS, JourneyCancelled, JourneyDeclared
from shared.outbox.bring_along import BroughtAlong, Stated


async def state_journeys(deps: Deps) -> AsyncIterator[Stated]:
    """Yield the event of each declared journey, with the time of its declaration."""
    async for journey in deps.store.journeys.every():
        kind = JourneyCancelled if journey.cancelled else JourneyDeclared
        yield Stated(kind.of(journey), journey.declared_at)


BROUGHT_ALONG = BroughtAlong(JOURNEYS, state_journeys)
