"""Known mistakes, each as a build that makes it: what shows that the trials would notice."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from faststream import AckPolicy


def acknowledge_on_error() -> None:
    """FastStream's ACK policy: a batch whose handling fails as a whole is committed all the same."""
    from shared.bus import consumer as bus

    bus.AT_LEAST_ONCE["ack_policy"] = AckPolicy.ACK


def random_passage_id() -> None:
    """A passage's `_id` made anew each time it is stored."""
    from services.checkpoint.store import passages
    from shared.base.ids import new_id

    document = passages.document
    passages.document = lambda passage: document(passage) | {"_id": new_id()}


def without_inbox() -> None:
    """A unit of work that does not claim its cause."""
    from shared.store.unit_of_work import UnitOfWork

    async def claim(self: UnitOfWork, cause: Any) -> None:
        """Nothing."""

    UnitOfWork._claim = claim  # type: ignore[method-assign]


def publish_batch() -> None:
    """FastStream's `publish_batch`: what is published together goes to any one partition, whatever its keys are."""
    from services.checkpoint import scanlog

    put = scanlog.ScanLog._put

    def put_together(self: scanlog.ScanLog, *arguments: Any) -> Any:
        home = random.choice(range(len(self._lanes)))
        scanlog.partition_of = lambda subject, partitions: home
        return put(self, *arguments)

    scanlog.ScanLog._put = put_together  # type: ignore[method-assign]


def older_build() -> None:
    """A build from before a version and a fix: it does not know alerts yet, and fails at journeys from one region."""
    from services.isolation.usecases import arrivals
    from shared.envelope import event as envelope
    from shared.events.checkpoint import AlertRaised

    envelope._registry["checkpoint.AlertRaised.v0"] = envelope._registry.pop(AlertRaised.type)
    follow_journey = arrivals.follow_journey

    async def fails_at_one(deps: Any, event: Any) -> None:
        if event.origin_region == UNREADABLE_REGION:
            raise IndexError(event.journey_id)
        await follow_journey(deps, event)

    arrivals.follow_journey = fails_at_one


UNREADABLE_REGION = "hubei/the-one-that-is-new"
ALL: Mapping[str, Callable[[], None]] = {
    "acknowledge_on_error": acknowledge_on_error,
    "older_build": older_build,
    "publish_batch": publish_batch,
    "random_passage_id": random_passage_id,
    "without_inbox": without_inbox,
}
# Which trial must notice which.
MUST_FAIL = {"acknowledge_on_error": 2, "publish_batch": 7, "random_passage_id": 1, "without_inbox": 6}
