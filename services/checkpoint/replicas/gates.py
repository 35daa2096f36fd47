"""Gates, the checkpoints they belong to, and the devices at them."""

from collections.abc import Sequence
from datetime import datetime

from services.checkpoint.domain.devices import refusal
from services.checkpoint.domain.policy import USUAL, holding
from shared.base.clock import Clock
from shared.events.checkpoint import (
    CHECKPOINTS,
    DEVICES,
    GATES,
    CheckpointDefined,
    DeviceEvent,
    GateDefined,
    Policy,
)
from shared.replicas.newest import NewestInMemory
from shared.replicas.replica import Replica
from shared.web.access import Principal


class Gates:
    """The gates, by id."""

    def __init__(self, clock: Clock) -> None:
        self._gates = NewestInMemory(GateDefined)
        self.replica = Replica(GATES, self._gates.apply, clock)

    def get(self, gate_id: str) -> GateDefined | None:
        """Return the gate as it was last defined, or None where it is not known."""
        return self._gates.get(gate_id)


class Checkpoints:
    """The checkpoints with their policies, by id."""

    def __init__(self, clock: Clock) -> None:
        self._checkpoints = NewestInMemory(CheckpointDefined)
        self.replica = Replica(CHECKPOINTS, self._checkpoints.apply, clock)

    def policy(self, checkpoint_id: str | None, at: datetime) -> Policy | None:
        """Return what holds at the checkpoint at that time; without a policy of it, the usual rules.

        None while the checkpoint has not been read yet.
        """
        if checkpoint_id is None:
            return USUAL
        checkpoint = self._checkpoints.get(checkpoint_id)
        if checkpoint is None:
            return USUAL if self.replica.ready else None
        return holding(checkpoint.policies, at)

    def name(self, checkpoint_id: str | None) -> str | None:
        """Return the name of the checkpoint; None without one, and while it has not been read yet."""
        checkpoint = self._checkpoints.get(checkpoint_id) if checkpoint_id else None
        return checkpoint.name if checkpoint else None

    def policies(self, checkpoint_id: str | None) -> Sequence[Policy] | None:
        """Return the dated policies of the checkpoint; None while it has not been read yet."""
        checkpoint = self._checkpoints.get(checkpoint_id) if checkpoint_id else None
        if checkpoint is None:
            return () if checkpoint_id is None or self.replica.ready else None
        return checkpoint.policies


class Devices:
    """The devices that were enrolled or revoked, by id."""

    def __init__(self, clock: Clock) -> None:
        self._devices = NewestInMemory(DeviceEvent)
        self.replica = Replica(DEVICES, self._devices.apply, clock)

    def refuses(self, caller: Principal) -> bool:
        """Whether the caller is a device that was revoked, or shows a credential that was replaced."""
        device = self._devices.get(caller.subject)
        if device is None:
            return False
        return device.revoked or (caller.serial is not None and caller.serial < device.serial)

    def turn_away(self, caller: Principal) -> None:
        """Raise `Forbidden` for a caller that is refused: before its body is read, and at every route."""
        if self.refuses(caller):
            raise refusal()
