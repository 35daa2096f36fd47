"""Gates: where scans are made (R2.1)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """A gate; `area_path` is that of the compound or workplace which it guards."""

    gate_id: str
    name: str
    area_path: str
    closed: bool = False
    checkpoint_id: str | None = None
