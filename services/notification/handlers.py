"""What notification does at the events of others, and when something falls due."""

from collections.abc import Sequence

from services.notification import domain
from services.notification.usecases import Deps, sending, telling
from shared.bus.consumer import EventConsumer
from shared.envelope.event import Event
from shared.events.notification import MessageResumed
from shared.events.registration import ContactPointsChanged
from shared.replicas.residents import follow_residents
from shared.store.deadlines import Handler

consumer = EventConsumer[Deps]("notification")
follow_residents(consumer)


@consumer.on_many(ContactPointsChanged)
async def on_contacts_changed(deps: Deps, events: Sequence[ContactPointsChanged]) -> None:
    """Keep how people are reached, sealed as it comes."""
    await deps.store.keep_contacts(events)


@consumer.on(*domain.TOLD)
async def on_news(deps: Deps, event: Event) -> None:
    """Tell those whom the table names."""
    await telling.tell(deps, event)


@consumer.on(MessageResumed)
async def on_resumed(deps: Deps, event: MessageResumed) -> None:
    """Try a given-up message again."""
    await sending.resume(deps, event)


DEADLINES: dict[str, Handler[Deps]] = {
    sending.REACH: sending.reach,
    sending.SEND: sending.send,
}
