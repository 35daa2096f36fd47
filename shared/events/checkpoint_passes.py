"""How often travellers left by a pass, as checkpoint publishes it (R1.8)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.events.registration_exits import ExitReach

PASS_USES = "checkpoint.pass-uses.v1"


class PassUse(BaseModel):
    """A traveller left by a pass, at a gate that leads out so far."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    resident_id: str
    scan_id: str
    gate_id: str
    reach: ExitReach
    at: datetime


class PassUsesChanged(Event, topic=PASS_USES, key="exit_id", compacted=True):
    """Who left by a pass so far, and when. Empty once the pass is past."""

    exit_id: str
    area_path: str
    uses: tuple[PassUse, ...] = ()
