"""The lists for devices, as OpenAPI describes them; they are written without these models, which cost too much."""

from datetime import datetime

from pydantic import BaseModel

from services.checkpoint.domain.zones import GateZone
from services.checkpoint.schemas.scans import ReasonText
from shared.events.checkpoint import Policy


class GateRules(BaseModel):
    """A gate and the dated policies that hold there; null while they are not known.

    `name` and `checkpoint_name` are for the keeper's eyes; a gate without a checkpoint has only its own. `zones` are
    those of epidemic control that hold the gate, or a part of what it guards.
    """

    gate_id: str
    area_path: str
    closed: bool
    checkpoint_id: str | None
    policies: list[Policy] | None
    name: str | None = None
    checkpoint_name: str | None = None
    zones: list[GateZone] = []


class ListsView(BaseModel):
    """What a device needs to decide by itself.

    `exceptions` has residents in base64 by their standing ("red", "red+isolated", ...), 16 bytes each: those of the
    UUID, else the first of SHA-256 of the id. Where `full` is false they are those that changed, and "green" is who
    is none any more. `digest` says how many of each standing the list has then, and the XOR of their bytes in hex; null
    where there is nothing to compare. A device whose copy differs asks without `version`, and gets the whole list.
    """

    version: str
    full: bool
    as_of: datetime
    digest: dict[str, tuple[int, str]] | None
    exceptions: dict[str, str]
    revoked_codes: list[str]
    gate: GateRules
    zone: str
    code_keys: str
    reasons: list[ReasonText]
