"""What supply does at the events of others, and when something falls due."""

from collections.abc import Sequence

from services.supply.usecases import Deps, kits, promises, weekly, zones
from shared.bus.consumer import EventConsumer
from shared.events.isolation import CaseEvent
from shared.events.registration import ResidentEvent
from shared.events.registration_moves import PlaceMoveEvent
from shared.events.registration_zones import ZoneEvent
from shared.replicas.erasures import follow_erasures
from shared.store import relocating
from shared.store.deadlines import Handler

consumer = EventConsumer[Deps]("supply")
follow_erasures(consumer)


@consumer.on_many(ResidentEvent)
async def on_residents(deps: Deps, events: Sequence[ResidentEvent]) -> None:
    """Keep who lives where, and let the weekly deliveries follow."""
    await deps.residents.keep(events)
    await weekly.follow(deps, events)


@consumer.on(CaseEvent)
async def on_case(deps: Deps, event: CaseEvent) -> None:
    """Prepare a kit for a household in isolation, and free it when the last of its cases has ended."""
    await kits.follow(deps, event)


@consumer.on(ZoneEvent)
async def on_zone(deps: Deps, event: ZoneEvent) -> None:
    """Supply the households of a locked-down zone while it holds."""
    await zones.follow(deps, event)


@consumer.on(PlaceMoveEvent)
async def on_place_move(deps: Deps, event: PlaceMoveEvent) -> None:
    """Let depots, goods and deliveries follow places that move."""
    await relocating.follow(deps, event)


DEADLINES: dict[str, Handler[Deps]] = {
    weekly.WEEKLY_DUE: weekly.due,
    promises.OFFER_DUE: promises.offer_rest,
    zones.SUPPLIES: zones.supply,
    zones.ENDS: zones.end,
}
