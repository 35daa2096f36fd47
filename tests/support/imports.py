"""Importing a roster and waiting for its report."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.support.waiting import PATIENCE_S, eventually

FINISHED = ("done", "failed")


async def elsewhere() -> None:
    """The work is done by a service that runs."""


async def finished(
    client: httpx.AsyncClient,
    accepted: httpx.Response,
    work: Callable[[], Awaitable[Any]] = elsewhere,
    timeout: float = PATIENCE_S,
) -> httpx.Response:
    """Wait until the accepted import is finished and return its report as GET answers it.

    `work` does what is due, where no background work runs. Raises `AssertionError` for a file that was not accepted.
    """
    assert accepted.status_code == httpx.codes.ACCEPTED, accepted.text

    async def answer() -> httpx.Response:
        await work()
        response = await client.get(accepted.headers["location"])
        assert response.status_code == httpx.codes.OK, response.text
        assert response.json()["state"] in FINISHED, response.text
        return response

    return await eventually(answer, timeout)


async def report_of(client: httpx.AsyncClient, name: str, content: bytes, kind: str = "residents") -> dict[str, Any]:
    """Import a file at a service that runs, wait for it and return the report."""
    accepted = await client.post(f"/v1/imports/{kind}", files={"file": (name, content)})
    return dict((await finished(client, accepted)).json())
