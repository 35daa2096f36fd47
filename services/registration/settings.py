"""What registration takes from its environment."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds the keys for sealing, for looking up ID numbers and for signing codes."""

    service: ClassVar[str] = "registration"

    seal_key: str
    id_hash_key: str
    code_signing_key: Path
    code_seal_keys: Path
    code_lifetime: timedelta = timedelta(minutes=15)
    printed_code_lifetime: timedelta = timedelta(days=180)
    appeal_due: timedelta = timedelta(days=3)
