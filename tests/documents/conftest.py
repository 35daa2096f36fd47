"""The documents as the services show them, drawn once for all tests of a worker."""

import asyncio
from typing import Any

import pytest

from tests.documents.record import documents


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each document by its file's name."""
    return asyncio.run(documents(tmp_path_factory.mktemp("documents")))
