"""Reads `/health/ready` and `/metrics` of a service."""

import asyncio
import re
from collections.abc import Mapping
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

TIMEOUT_S = 2.0


class Reading(NamedTuple):
    """One look at a service; `newest` is the Unix time of the newest event handled, 0 before the first.

    `reads` are its consumer groups, each with a topic that it reads.
    """

    ready: bool
    missing: tuple[str, ...] = ()
    events_in: int = 0
    events_out: int = 0
    lag: int = 0
    outbox: int = 0
    newest: float = 0.0
    reads: frozenset[tuple[str, str]] = frozenset()

    @property
    def quiet(self) -> bool:
        """Whether the service has handled all its events and published its outbox."""
        return self.lag == 0 and self.outbox == 0


def client() -> httpx.AsyncClient:
    """Return an HTTP client for services of this machine, without proxies."""
    return httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)


async def look(client: httpx.AsyncClient, url: str, metrics_url: str) -> Reading | None:
    """Return the state of the service at `url`, or None if it does not answer."""
    try:
        health, metrics = await asyncio.gather(client.get(f"{url}/health/ready"), _metrics(client, url, metrics_url))
        missing = () if health.status_code == httpx.codes.OK else _missing(health)
        return reading(metrics, health.status_code == httpx.codes.OK, missing)
    except (httpx.HTTPError, ValueError):
        return None


async def _metrics(client: httpx.AsyncClient, url: str, metrics_url: str) -> str:
    try:
        return (await client.get(f"{metrics_url}/metrics")).raise_for_status().text
    except httpx.ConnectError:  # a process of an earlier version has its metrics on its only port
        return (await client.get(f"{url}/metrics")).raise_for_status().text


async def look_at_all(
    client: httpx.AsyncClient, urls: Mapping[str, str], metrics: Mapping[str, str]
) -> dict[str, Reading | None]:
    """Return the state of each of the services, whose metrics are at `metrics`."""
    readings = await asyncio.gather(*(look(client, url, metrics.get(name, url)) for name, url in urls.items()))
    return dict(zip(urls, readings, strict=True))


def reading(metrics: str, ready: bool, missing: tuple[str, ...] = ()) -> Reading:
    """Return the state in the text of `/metrics`. Raises `ValueError` for text in another format."""
    sums, reads = dict.fromkeys(_NAMES, 0.0), set()
    # Each second every process is read: parsing all its metrics took the launcher a twentieth of a core.
    wanted = "".join(line for line in metrics.splitlines(keepends=True) if _STEM.search(line))
    for family in text_string_to_metric_families(wanted or metrics):
        for sample in family.samples:
            if sample.name in sums:
                sums[sample.name] += sample.value
            elif sample.name == _READS:
                reads.add((sample.labels["group"], sample.labels["topic"]))
    handled, published, lag, outbox, newest = (sums[name] for name in _NAMES)
    return Reading(ready, missing, int(handled), int(published), int(lag), int(outbox), newest, frozenset(reads))


_NAMES = (
    "lastmetre_events_handled_total",
    "lastmetre_events_published_total",
    "lastmetre_consumer_lag",
    "lastmetre_outbox_pending",
    "lastmetre_newest_event_timestamp_seconds",
)
_READS = "lastmetre_consumer_reads"
_STEM = re.compile("|".join(name.removesuffix("_total") for name in (*_NAMES, _READS)))


def _missing(health: httpx.Response) -> tuple[str, ...]:
    checks = health.json().get("checks", {})
    return tuple(name for name, holds in checks.items() if not holds)
