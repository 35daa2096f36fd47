"""What each service reads and writes on the bus, as its own composition root has it."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.launcher.secrets.keys import Keys
from deploy.services import SERVICES
from shared.envelope.event import contracts_of
from shared.envelope.letters import topic_of
from shared.parts import Parts
from shared.store.deps import ServiceDeps


@dataclass(frozen=True)
class Traffic:
    """The topics of one service by what it does with them, and the consumer groups it is in."""

    service: str
    groups: tuple[str, ...]
    consumed: frozenset[str]
    replicated: frozenset[str]
    published: frozenset[str]

    @property
    def read(self) -> frozenset[str]:
        """Every topic it reads, its dead letters among them: replayed ones come back from there."""
        return self.consumed | self.replicated | {topic_of(self.service)}

    @property
    def written(self) -> frozenset[str]:
        """Every topic it writes, its dead letters among them."""
        return self.published | {topic_of(self.service)}


def traffic_of(service: str) -> Traffic:
    """Return the traffic of a service; it is composed, and not started."""
    main = importlib.import_module(f"services.{service}.main")
    settings = importlib.import_module(f"services.{service}.settings").Settings
    with TemporaryDirectory() as keys:
        secrets = Keys(Path(keys)).environment_of(service)
        given = {name.removeprefix("LASTMETRE_").lower(): value for name, value in secrets.items()}
        servers = {"kafka_bootstrap": "nowhere:9092", "mongo_url": "mongodb://nowhere", "issuer": "", "jwks": ""}
        parts: Parts[ServiceDeps] = main.build(settings(**servers, **given)).state.parts
    return Traffic(
        service=service,
        groups=tuple(sorted(consumer.group for consumer in parts.consumers)),
        consumed=frozenset(topic for consumer in parts.consumers for topic in consumer.topics),
        replicated=frozenset(replica.topic for replica in (*parts.replicas, *parts.replicas_beside)),
        published=frozenset(contract.topic for contract in contracts_of(service)),
    )


def all_traffic() -> list[Traffic]:
    """Return the traffic of every service."""
    return [traffic_of(service) for service in SERVICES]
