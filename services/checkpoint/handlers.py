"""The recorder: passages from the bus into the store, in bulk and late; what falls due, and what is measured."""

from collections.abc import Sequence

from services.checkpoint.usecases import Deps, checks, devices, forgetting, gauges, outings, passes, recording
from shared.bus.consumer import EventConsumer
from shared.events.checkpoint import PassageRecorded
from shared.events.registration_moves import PlaceMoveEvent
from shared.replicas.erasures import follow_erasures
from shared.store import relocating
from shared.store.deadlines import Handler

RECORDER_BATCH = 4_000

DEADLINES: dict[str, Handler[Deps]] = {
    devices.CHECK: checks.check,
}
RECURRING = (forgetting.FORGETTING, outings.FORGETTING, passes.FORGETTING)
GAUGES = gauges.GAUGES

recorder = EventConsumer[Deps]("checkpoint.recorder", batch_records=RECORDER_BATCH)
follow_erasures(recorder)


@recorder.on_many(PassageRecorded)
async def on_passages(deps: Deps, passages: Sequence[PassageRecorded]) -> None:
    """Store passages, presence and alerts."""
    await recording.record(deps, passages)


@recorder.on(PlaceMoveEvent)
async def on_place_move(deps: Deps, event: PlaceMoveEvent) -> None:
    """Let gates, devices and permits follow places that move."""
    await relocating.follow(deps, event)
