"""The far end of a webhook, for every test of notification."""

from collections.abc import Iterator

import pytest

from tests.notification.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook's far end that answers."""
    with Receiver() as running:
        yield running
