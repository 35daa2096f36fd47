"""Checkpoints with their dated policies, and the trail of what officers stated there (R2.1)."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.base.private import PRIVATE
from shared.events.checkpoint import CheckpointKind, Policy


class StatedPolicy(Policy):
    """A policy, with the officer who stated it, when and why."""

    stated_by: str
    stated_at: datetime
    reason: str

    @property
    def public(self) -> Policy:
        """The policy alone, as gates read it."""
        return Policy(**{name: getattr(self, name) for name in Policy.model_fields})


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint; its policies are in the order of their beginnings."""

    checkpoint_id: str
    name: str
    kind: CheckpointKind
    area_path: str
    policies: tuple[StatedPolicy, ...] = field(default=(), metadata=PRIVATE)

    @property
    def public_policies(self) -> tuple[Policy, ...]:
        """The policies without the officers' own words."""
        return tuple(policy.public for policy in self.policies)


@dataclass(frozen=True)
class TrailLine:
    """What an officer did to a checkpoint, when and why; `since` and `policy` where it was about a policy."""

    line_id: str
    checkpoint_id: str
    what: str
    by: str
    at: datetime
    reason: str = ""
    since: datetime | None = None
    policy: StatedPolicy | None = None
    name: str | None = None
    kind: CheckpointKind | None = None
