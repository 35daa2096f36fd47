"""Notification's use cases, by what they are about."""

from dataclasses import dataclass

from prometheus_client import Counter

from services.notification.channels import Channels
from services.notification.store import Store
from shared.base.sealing import Sealer
from shared.replicas.places import Places
from shared.replicas.residents import ResidentReplica
from shared.store.deps import ServiceDeps
from shared.store.personal_data import PersonalData

MESSAGES = Counter("lastmetre_messages", "Messages, by channel and by outcome", ["channel", "outcome"])


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What notification's use cases work with."""

    store: Store
    residents: ResidentReplica
    personal: PersonalData
    places: Places
    sealer: Sealer
    channels: Channels
    sms_gateway: str
