"""What registration takes from its environment."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from shared.base.settings import ServiceSettings


class Settings(ServiceSettings):
    """Adds keys for sealing, for looking up ID numbers and for signing codes, and the times of policy."""

    service: ClassVar[str] = "registration"

    seal_key: str
    id_hash_key: str
    # The keys of the search, with commas between them: the first one hashes, all look up. None: the ID hash key.
    search_keys: str = ""
    code_signing_key: Path
    code_seal_keys: Path
    code_lifetime: timedelta = timedelta(minutes=15)
    printed_code_lifetime: timedelta = timedelta(days=180)
    appeal_due: timedelta = timedelta(hours=48)  # Hubei, October 2022
    second_person_within: timedelta = timedelta(hours=24)
    single_orders_a_day: Annotated[int, Field(ge=0)] = 5
    break_glass_longest: Annotated[timedelta, Field(gt=timedelta(), le=timedelta(hours=24))] = timedelta(hours=4)
    days_before_arrival: Annotated[int, Field(ge=0, le=14)] = 1
