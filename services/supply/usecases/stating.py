"""Deliveries and needs as events, for topics that became compacted after they were stored."""

from collections.abc import AsyncIterator

from services.supply.domain.deliveries import need_of
from services.supply.usecases import Deps
from shared.events import supply as events
from shared.events.supply import CancelReason, DeliveryState, NeedState
from shared.outbox.bring_along import BroughtAlong, Stated

_NEEDS: dict[NeedState, type[events.NeedEvent]] = {
    NeedState.OPEN: events.NeedStated,
    NeedState.MET: events.NeedMet,
    NeedState.REFUSED: events.NeedRefused,
}


async def state_deliveries(deps: Deps) -> AsyncIterator[Stated]:
    """Yield the event of the state of each delivery that was planned once, with the time when it was asked for."""
    async for delivery in deps.store.deliveries.every():
        if delivery.state is DeliveryState.PLANNED:
            yield Stated(events.DeliveryPlanned.of(delivery), delivery.asked_at)
        elif delivery.state is DeliveryState.HANDED_OVER:
            yield Stated(events.DeliveryHandedOver.of(delivery), delivery.handed_over_at or delivery.asked_at)
        elif delivery.state is DeliveryState.CANCELLED:
            event = events.DeliveryCancelled.of(delivery, reason=CancelReason.WITHDRAWN)
            yield Stated(event, delivery.asked_at)


async def state_needs(deps: Deps) -> AsyncIterator[Stated]:
    """Yield the event of the state of each need, with the time when it was stated."""
    async for delivery in deps.store.deliveries.every():
        if (need := need_of(delivery)) and need.state in _NEEDS:
            yield Stated(_NEEDS[need.state].of(need), delivery.asked_at)


DELIVERIES = BroughtAlong(events.DELIVERIES, state_deliveries)
NEEDS = BroughtAlong(events.NEEDS, state_needs)
