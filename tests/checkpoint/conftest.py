"""A gate with its replicas read, on the session's bus and a store of the test's own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from services.checkpoint.settings import Settings
from tests.checkpoint.gate import COMPOUND, NOW, Gate, build, gate_at
from tests.conftest import MakeService
from tests.support.waiting import PATIENCE_S


@pytest_asyncio.fixture
async def gate(service: MakeService) -> AsyncIterator[Gate]:
    """A gate that knows itself and that no resident is an exception."""
    made = Gate(await service(build, Settings, at=NOW))
    await made.open(PATIENCE_S)
    made.learns(gate_at(COMPOUND))
    yield made
    await made.close()
