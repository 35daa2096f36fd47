"""What checkpoint is told by its environment."""

from pathlib import Path
from typing import ClassVar

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the keys for reading codes and looking up cards and ID numbers, and the bounds of the scan path."""

    service: ClassVar[str] = "checkpoint"

    id_hash_key: str
    code_public_keys: Path
    max_scans_in_flight: int = 20_000
    produce_timeout_s: float = 1.5
