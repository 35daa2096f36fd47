"""Known mistakes, each as a build that makes it: what shows that the trials would notice."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from faststream import AckPolicy


def acknowledge_on_error() -> None:
    """FastStream's ACK policy: a batch whose handling fails as a whole is committed all the same."""
    from shared import bus

    bus.AT_LEAST_ONCE["ack_policy"] = AckPolicy.ACK


def random_passage_id() -> None:
    """A passage's `_id` made anew each time it is stored."""
    from services.checkpoint.usecases import recording
    from shared.ids import new_id

    row_of = recording.passage_row
    recording.passage_row = lambda passage: {**row_of(passage), "_id": new_id()}


def without_inbox() -> None:
    """A unit of work that does not claim its cause."""
    from shared.unit_of_work import UnitOfWork

    async def claim(self: UnitOfWork, cause: Any) -> None:
        """Nothing."""

    UnitOfWork._claim = claim  # type: ignore[method-assign]


def publish_batch() -> None:
    """FastStream's `publish_batch`: a batch goes to one partition, whatever the keys are."""
    from services.checkpoint import scanlog

    scanlog.partition_of = lambda key, partitions: random.randrange(partitions)


ALL: Mapping[str, Callable[[], None]] = {
    "acknowledge_on_error": acknowledge_on_error,
    "publish_batch": publish_batch,
    "random_passage_id": random_passage_id,
    "without_inbox": without_inbox,
}
# Which trial must notice which.
MUST_FAIL = {"acknowledge_on_error": 2, "publish_batch": 7, "random_passage_id": 1, "without_inbox": 6}
