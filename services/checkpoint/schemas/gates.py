"""Gates over HTTP."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class GateBody(BaseModel):
    """A gate (卡口) of a compound or workplace."""

    model_config = ConfigDict(extra="forbid")

    gate_id: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    area_path: Annotated[str, StringConstraints(pattern=r"^(/[\w-]{1,40})+$", max_length=400)]


class GatePage(BaseModel):
    """A page of gates in the order of their ids; `next` goes into `after`."""

    items: list[GateBody]
    next: str | None
