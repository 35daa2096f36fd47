"""Keys of every service's events, for tests of forged ones."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from deploy.launcher.secrets.keys import seal_keys
from deploy.services import SERVICES, event_keys
from shared.base.clock import FixedClock
from shared.envelope.macs import Macs
from tests.shared.samples import NOON

MakeMacs = Callable[..., Macs]


@pytest.fixture
def event_files(tmp_path: Path) -> dict[str, Path]:
    """The file of each service's event keys."""
    return {service: seal_keys(tmp_path / event_keys(service).file) for service in SERVICES}


@pytest.fixture
def macs_of(event_files: dict[str, Path]) -> MakeMacs:
    """Makes the MACs of a service that may verify every other: `macs_of("registration", unsigned_until=None)`."""

    def make(service: str, unsigned_until: datetime | None = None) -> Macs:
        return Macs(service, event_files, FixedClock(NOON), unsigned_until)

    return make
