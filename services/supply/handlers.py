"""What supply does at the events of others, and when something falls due."""

from collections.abc import Sequence

from services.supply.usecases import Deps, kits, promises, weekly
from shared.bus.consumer import EventConsumer
from shared.events.isolation import CaseCancelled, CaseOpened, CaseReleased
from shared.events.registration import ResidentEvent
from shared.store.deadlines import Handler

consumer = EventConsumer[Deps]("supply")


@consumer.on_many(ResidentEvent)
async def on_residents(deps: Deps, events: Sequence[ResidentEvent]) -> None:
    """Keep who lives where, and let the weekly deliveries follow."""
    await deps.residents.keep(events)
    await weekly.follow(deps, events)


@consumer.on(CaseOpened)
async def on_case_opened(deps: Deps, event: CaseOpened) -> None:
    """Prepare a kit for the household."""
    await kits.prepare(deps, event)


@consumer.on(CaseReleased, CaseCancelled)
async def on_case_ended(deps: Deps, event: CaseReleased | CaseCancelled) -> None:
    """Free the kit of a household in which nobody is isolated any more."""
    await kits.case_ended(deps, event)


DEADLINES: dict[str, Handler[Deps]] = {
    weekly.WEEKLY_DUE: weekly.due,
    promises.OFFER_DUE: promises.offer_rest,
}
