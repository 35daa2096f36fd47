"""A gate's post with the network plugged in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import Gate
from tests.scanner.post import Post


@pytest_asyncio.fixture
async def post(gate: Gate, free_port: int, tmp_path: Path) -> AsyncIterator[Post]:
    """A gate that knows itself, served over HTTP, and a place for a device's book."""
    made = Post(gate, free_port, tmp_path)
    await made.plug()
    yield made
    await made.close()
