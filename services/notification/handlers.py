"""What notification does at the events of others, and when something falls due."""

from collections.abc import Sequence

from services.notification.domain import News
from services.notification.usecases import Deps, sending, writing, zone_residents, zone_steps
from shared.bus.consumer import EventConsumer
from shared.events.checkpoint import AlertRaised
from shared.events.isolation import CaseEvent, MeasurementEvent
from shared.events.notification import MessageResumed
from shared.events.registration import AppealDecided, ContactPointsChanged, StandingChanged
from shared.events.registration_acts import OfficialAct
from shared.events.registration_exits import ExitEvent
from shared.events.registration_reports import ReturneeReportEvent
from shared.events.registration_returns import ReturnEvent
from shared.events.registration_zones import ZoneEvent
from shared.events.supply import DeliveryEvent, StockEvent
from shared.replicas.erasures import follow_erasures
from shared.replicas.residents import follow_residents
from shared.store.deadlines import Handler

consumer = EventConsumer[Deps]("notification")
follow_erasures(consumer)
follow_residents(consumer)


@consumer.on_many(ContactPointsChanged)
async def on_contacts_changed(deps: Deps, events: Sequence[ContactPointsChanged]) -> None:
    """Keep how people are reached, sealed as it comes."""
    await deps.store.keep_contacts(events)


async def on_news(deps: Deps, event: News) -> None:
    """Write the messages that the table names for the event; none for an event that it does not name."""
    await writing.write(deps, event)


consumer.on(CaseEvent, MeasurementEvent)(on_news)
consumer.on(StandingChanged, AppealDecided)(on_news)
consumer.on(ReturnEvent)(on_news)
consumer.on(ExitEvent)(on_news)
consumer.on(ReturneeReportEvent)(on_news)
consumer.on(OfficialAct)(on_news)
consumer.on(AlertRaised, DeliveryEvent)(on_news)
consumer.on(StockEvent)(on_news)
consumer.on(ZoneEvent)(on_news)


@consumer.on(MessageResumed)
async def on_resumed(deps: Deps, event: MessageResumed) -> None:
    """Try a given-up message again."""
    await sending.resume(deps, event)


DEADLINES: dict[str, Handler[Deps]] = {
    sending.REACH: sending.reach,
    sending.SEND: sending.send,
    zone_residents.STEP: zone_steps.write_some,
}
