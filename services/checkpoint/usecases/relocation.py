"""Checkpoints, gates, devices, permits and alerts follow places that move. Passages stay as they were."""

from services.checkpoint.domain.checkpoint import Checkpoint
from services.checkpoint.domain.devices import Device
from services.checkpoint.domain.gate import Gate
from services.checkpoint.domain.permit import Permit
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.permits import changed
from shared.base.json_types import JsonView
from shared.envelope.event import Event
from shared.events.checkpoint import CheckpointDefined, DeviceEnrolled, GateDefined
from shared.store.documents import Mapper
from shared.store.mongo import Database
from shared.store.relocating import Kept, Relocation

_CHECKPOINTS = Mapper(Checkpoint, "checkpoint_id")
_GATES = Mapper(Gate, "gate_id")
_DEVICES = Mapper(Device, "device_id")
_PERMITS = Mapper(Permit, "permit_id")


def _checkpoint(row: JsonView) -> list[Event]:
    checkpoint = _CHECKPOINTS.read(row)
    return [CheckpointDefined.of(checkpoint, policies=checkpoint.public_policies)]


def _gate(row: JsonView) -> list[Event]:
    return [GateDefined.of(_GATES.read(row))]


def _device(row: JsonView) -> list[Event]:
    device = _DEVICES.read(row)
    return [DeviceEnrolled.of(device, serial=device.good_from, reason=device.revoked)]


def _permit(row: JsonView) -> list[Event]:
    return [*changed(_PERMITS.read(row))]


KEPT = (
    Kept("checkpoints", events=_checkpoint),
    Kept("gates", events=_gate),
    Kept("devices", events=_device),
    Kept("permits", events=_permit),
    Kept("alerts"),
    Kept("overrides"),
)


def relocation(database: Database) -> Relocation[Deps]:
    """Return what carries out moves in checkpoint's store."""
    return Relocation(database, [stage for kept in KEPT for stage in kept.stages])
