"""Notification's use cases, by what they are about."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import Counter

from services.notification.channels import Channels
from services.notification.domain import Message
from services.notification.store import Store
from shared.base.clock import Clock
from shared.base.sealing import Sealer
from shared.events.notification import Channel
from shared.replicas.places import Places
from shared.replicas.residents import ResidentReplica
from shared.store.deadlines import Deadlines
from shared.store.unit_of_work import UnitOfWorkFactory

MESSAGES = Counter("lastmetre_messages", "Messages, by channel and by what became of them", ["channel", "outcome"])


@dataclass(frozen=True)
class Deps:
    """What notification's use cases work with."""

    store: Store
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    deadlines: Deadlines
    residents: ResidentReplica
    places: Places
    sealer: Sealer
    channels: Channels
    sms_gateway: str
    zone: ZoneInfo


def facts(message: Message, channel: Channel) -> dict[str, Any]:
    """Return the facts that every outcome of a message carries."""
    return {
        "message_id": message.message_id,
        "recipient_id": message.recipient_id,
        "template": message.template,
        "cause": message.cause,
        "area_path": message.area_path,
        "channel": channel,
    }
