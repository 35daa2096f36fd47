"""Gates, the checkpoints they belong to, and the devices at them."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from services.checkpoint.domain.policy import USUAL, holding
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.checkpoint import (
    CHECKPOINTS,
    DEVICES,
    GATES,
    CheckpointDefined,
    DeviceEnrolled,
    DeviceRevoked,
    GateDefined,
    Policy,
)
from shared.replicas.replica import Replica
from shared.web.access import Principal


class Gates:
    """The gates, by id."""

    def __init__(self, clock: Clock) -> None:
        self._gates: dict[str, GateDefined] = {}
        self.replica = Replica(GATES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(GateDefined, event)
        old = self._gates.get(said.gate_id)
        if old is None or old.id < said.id:
            self._gates[said.gate_id] = said

    def get(self, gate_id: str) -> GateDefined | None:
        """Return the gate as it was last defined, or None where it is not known."""
        return self._gates.get(gate_id)


class Checkpoints:
    """The checkpoints with their policies, by id."""

    def __init__(self, clock: Clock) -> None:
        self._checkpoints: dict[str, CheckpointDefined] = {}
        self.replica = Replica(CHECKPOINTS, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(CheckpointDefined, event)
        old = self._checkpoints.get(said.checkpoint_id)
        if old is None or old.id < said.id:
            self._checkpoints[said.checkpoint_id] = said

    def policy(self, checkpoint_id: str | None, at: datetime) -> Policy | None:
        """Return what holds at the checkpoint at that time; without a policy of it, the usual rules.

        None while the checkpoint has not been read yet.
        """
        if checkpoint_id is None:
            return USUAL
        found = self._checkpoints.get(checkpoint_id)
        if found is None:
            return USUAL if self.replica.ready else None
        return holding(found.policies, at)

    def policies(self, checkpoint_id: str | None) -> Sequence[Policy] | None:
        """Return the dated policies of the checkpoint; None while it has not been read yet."""
        found = self._checkpoints.get(checkpoint_id) if checkpoint_id else None
        if found is None:
            return () if checkpoint_id is None or self.replica.ready else None
        return found.policies


class Devices:
    """The devices that were enrolled or revoked, by id."""

    def __init__(self, clock: Clock) -> None:
        self._devices: dict[str, DeviceEnrolled | DeviceRevoked] = {}
        self.replica = Replica(DEVICES, self._apply, clock)

    def _apply(self, event: Event) -> None:
        said = cast(DeviceEnrolled | DeviceRevoked, event)
        old = self._devices.get(said.device_id)
        if old is None or old.id < said.id:
            self._devices[said.device_id] = said

    def refuses(self, caller: Principal) -> bool:
        """Whether the caller is a device that was revoked, or shows a credential that was replaced."""
        known = self._devices.get(caller.subject)
        if isinstance(known, DeviceEnrolled):
            return caller.serial is not None and caller.serial < known.serial
        return known is not None
