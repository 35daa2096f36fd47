"""What every gate process holds in memory, each from a topic of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from services.checkpoint.replicas.credentials import Credentials
from services.checkpoint.replicas.exceptions import Exceptions
from services.checkpoint.replicas.gates import Checkpoints, Devices, Gates
from services.checkpoint.replicas.outings import Outings
from services.checkpoint.replicas.passes import Passes
from services.checkpoint.replicas.permits import Permits
from services.checkpoint.replicas.revocations import Revocations
from services.checkpoint.replicas.zones import Zones
from shared.base.clock import Clock
from shared.replicas.moves import Moves
from shared.replicas.replica import Replica


@dataclass(frozen=True)
class Known:
    """All of it."""

    exceptions: Exceptions
    credentials: Credentials
    gates: Gates
    checkpoints: Checkpoints
    devices: Devices
    permits: Permits
    revocations: Revocations
    zones: Zones
    outings: Outings
    passes: Passes
    moves: Moves

    @classmethod
    def on(cls, clock: Clock) -> Self:
        """Return what is known at the start: nothing."""
        moves = Moves(clock)
        return cls(
            Exceptions(clock),
            Credentials(clock, moves),
            Gates(clock),
            Checkpoints(clock),
            Devices(clock),
            Permits(clock, moves),
            Revocations(clock),
            Zones(clock, moves),
            Outings(clock),
            Passes(clock),
            moves,
        )

    @property
    def replicas(self) -> Sequence[Replica]:
        """The replicas that a process reads."""
        single = (self.exceptions, self.gates, self.checkpoints, self.devices, self.permits, self.revocations)
        of_zones = (self.zones.replica, self.outings.replica, self.moves.replica)
        of_passes = (self.passes.replica, self.passes.uses_replica)
        return [*(known.replica for known in single), *self.credentials.replicas, *of_zones, *of_passes]
