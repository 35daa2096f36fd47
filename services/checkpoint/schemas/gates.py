"""Gates over HTTP."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

PlaceId = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
AreaPath = Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]


class GateBody(BaseModel):
    """A gate (卡口) of a compound or workplace, and the checkpoint whose policies hold there."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    gate_id: PlaceId
    name: Name
    area_path: AreaPath
    checkpoint_id: PlaceId | None = None
