"""Gates over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.checkpoint.domain.gate import GateState
from shared.web.ids import Code, Path
from shared.web.request_body import Body

PlaceId = Code
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
AreaPath = Path


class GateBody(Body):
    """A gate (卡口) of a compound or workplace, and the checkpoint whose policies hold there."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    gate_id: PlaceId
    name: Name
    area_path: AreaPath
    checkpoint_id: PlaceId | None = None


class GateView(BaseModel):
    """A gate and how its devices are: `silent` of the `devices` that may scan gave no sign of life for minutes.

    `unsent` counts the scans that they hold by their own reports; `last_seen` is the newest sign of life.
    """

    gate_id: str
    name: str
    area_path: str
    checkpoint_id: str | None
    state: GateState
    devices: int
    silent: int
    unsent: int
    last_seen: datetime | None
