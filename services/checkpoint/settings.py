"""Checkpoint's settings from its environment."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the keys for codes, cards, ID numbers and visitors' personal data, and the scan path's bounds."""

    service: ClassVar[str] = "checkpoint"

    id_hash_key: str
    visitor_seal_key: str
    code_public_keys: Path
    code_seal_keys: Path
    device_signing_key: Path
    device_token_days: Annotated[int, Field(ge=1, le=366)] = 30
    device_silent_minutes: Annotated[int, Field(ge=5)] = 15
    presence_buckets: Annotated[int, Field(ge=1)] = 96  # a multiple of the partitions of passages; see the README
    max_scans_in_flight: Annotated[int, Field(ge=1_000)] = 20_000  # a whole batch must fit
    produce_timeout_s: Annotated[float, Field(gt=0, lt=10)] = 1.5
