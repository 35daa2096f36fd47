"""Notification's use cases, by what they are about."""

from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from services.notification.channels import Channels
from services.notification.domain import Message
from services.notification.store import Store
from shared.base.sealing import Sealer
from shared.events.notification import Channel
from shared.replicas.places import Places
from shared.replicas.residents import ResidentReplica
from shared.store.deps import ServiceDeps

MESSAGES = Counter("lastmetre_messages", "Messages, by channel and by what became of them", ["channel", "outcome"])


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What notification's use cases work with."""

    store: Store
    residents: ResidentReplica
    places: Places
    sealer: Sealer
    channels: Channels
    sms_gateway: str


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
