"""Gates over HTTP."""

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

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
