"""Posts rosters as a clerk does, and lists residents meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import httpx

from tests.bench.roster import RosterFile

ASK_EVERY_S, LIST_EVERY_S = 0.5, 0.2
ANSWER_S, FILE_S = 180.0, 1_800.0
LISTED = 100
_WORKING = ("waiting", "running")
LATER = ("503", "ReadTimeout")  # to be asked again, and counted as errors


class ImportFailed(RuntimeError):
    """A file did not go in."""


class Imported(NamedTuple):
    """How long each file took, and how often the service answered with an error instead."""

    seconds: list[float]
    errors: int


class Listed(NamedTuple):
    """How long each page took, in milliseconds, and what was answered instead of 200, by status."""

    ms: list[float]
    errors: Counter[str]

    def quantile(self, share: float) -> float:
        """Return the time within which that share of the pages was answered."""
        return quantile(self.ms, share)


class Clerk:
    """Posts files to the registration service, one after the other, each until it is done."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._errors = 0

    async def post_all(self, files: Sequence[RosterFile]) -> Imported:
        """Import the files. Raises `ImportFailed`."""
        seconds = []
        for file in files:
            began = time.monotonic()
            _check(await self._done(file, began), len(file.residents))
            seconds.append(time.monotonic() - began)
        return Imported(seconds, self._errors)

    async def _done(self, file: RosterFile, began: float) -> dict[str, Any]:
        """Return the report of a file once all its rows are handled."""
        content = file.path.read_bytes()
        report = await self._request("POST", "/v1/imports/residents", began, files={"file": (file.path.name, content)})
        while report.get("state") in _WORKING:
            await asyncio.sleep(ASK_EVERY_S)
            report = await self._request("GET", f"/v1/imports/{report['import_id']}", began)
        return report

    async def _request(self, method: str, path: str, began: float, **body: Any) -> dict[str, Any]:
        """Return the answer; retry, and count the error, while the service is unavailable."""
        while True:
            failure, pause_s = "", 1.0
            try:
                response = await self._client.request(method, path, timeout=ANSWER_S, **body)
            except httpx.HTTPError as error:
                failure = type(error).__name__
            else:
                if response.status_code in (200, 202):
                    answer: dict[str, Any] = response.json()
                    return answer
                failure = f"{response.status_code} {response.text[:300]}"
                pause_s = float(response.headers.get("Retry-After", pause_s))
            self._errors += 1
            if not failure.startswith(LATER) or time.monotonic() - began > FILE_S:
                raise ImportFailed(f"{method} {path}: {failure}")
            await asyncio.sleep(pause_s)


def _check(report: dict[str, Any], rows: int) -> None:
    """Raise `ImportFailed` unless every row went in."""
    went_in = sum(report.get(name, 0) for name in ("added", "changed", "unchanged"))
    if report.get("state", "done") != "done" or went_in != rows:
        raise ImportFailed(f"{went_in} of {rows} rows went in: {report.get('problems', [])[:3]}")


async def list_pages(client: httpx.AsyncClient, ending: asyncio.Event) -> Listed:
    """Walk the pages of the residents, five a second, again and again until `ending` is set."""
    listed, after = Listed([], Counter()), ""
    while not ending.is_set():
        began = time.monotonic()
        status, after = await _page(client, after)
        listed.ms.append(1000 * (time.monotonic() - began))
        if status != "200":
            listed.errors[status] += 1
        await asyncio.sleep(max(0.0, began + LIST_EVERY_S - time.monotonic()))
    return listed


async def _page(client: httpx.AsyncClient, after: str) -> tuple[str, str]:
    """Return the answer's status, and behind which row the next page begins; none after the last."""
    try:
        response = await client.get("/v1/residents", params={"limit": LISTED, "after": after}, timeout=ANSWER_S)
    except httpx.HTTPError as error:
        return type(error).__name__, ""
    following = response.json()["next"] if response.status_code == 200 else after
    return str(response.status_code), following or ""


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that `share` of them do not exceed. Raises `IndexError` without any."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
