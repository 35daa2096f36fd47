"""The recorder: passages from the bus into the store, in bulk and late without anybody waiting at a gate."""

from collections.abc import Sequence

from services.checkpoint.usecases import Deps, recording
from shared.bus import EventConsumer
from shared.events.checkpoint import PassageRecorded

RECORDER_BATCH = 2_000

recorder = EventConsumer("checkpoint.recorder", batch_records=RECORDER_BATCH)


@recorder.on_many(PassageRecorded)
async def on_passages(passages: Sequence[PassageRecorded], deps: Deps) -> None:
    """Store passages, presence and alerts."""
    await recording.record(deps, passages)
