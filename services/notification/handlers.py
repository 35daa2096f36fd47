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

consumer = EventConsumer("notification")
follow_residents(consumer)


@consumer.on_many(ContactPointsChanged)
async def on_contacts_changed(events: Sequence[ContactPointsChanged], deps: Deps) -> None:
    """Keep how people are reached, sealed as it comes."""
    await deps.store.keep_contacts(events)


@consumer.on(*domain.TOLD)
async def on_news(event: Event, deps: Deps) -> None:
    """Tell those whom the table names."""
    await telling.tell(deps, event)


@consumer.on(MessageResumed)
async def on_resumed(event: MessageResumed, deps: Deps) -> None:
    """Try a given-up message again."""
    await sending.resume(deps, event)


DEADLINES: dict[str, Handler] = {
    sending.REACH: lambda deadline, deps: sending.reach(deps, deadline),
    sending.SEND: lambda deadline, deps: sending.send(deps, deadline),
}
