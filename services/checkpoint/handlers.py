"""The recorder: passages from the bus into the store, in bulk and late; and what falls due."""

from collections.abc import Sequence

from services.checkpoint.usecases import Deps, checks, devices, forgetting, recording
from shared.bus.consumer import EventConsumer
from shared.events.checkpoint import PassageRecorded
from shared.store.deadlines import Handler

RECORDER_BATCH = 4_000

DEADLINES: dict[str, Handler] = {
    devices.CHECK: lambda deadline, deps: checks.check(deps, deadline),
    forgetting.FORGET: lambda deadline, deps: forgetting.forget(deps, deadline),
}

recorder = EventConsumer("checkpoint.recorder", batch_records=RECORDER_BATCH)


@recorder.on_many(PassageRecorded)
async def on_passages(passages: Sequence[PassageRecorded], deps: Deps) -> None:
    """Store passages, presence and alerts."""
    await recording.record(deps, passages)
