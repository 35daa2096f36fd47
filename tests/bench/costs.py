"""What an imported resident costs: documents and bytes by collection, events by type."""

import asyncio
import re
from collections.abc import Mapping
from typing import NamedTuple

import httpx
from rich.table import Table

from deploy.launcher.state import RunningCity
from shared.store.mongo import Client

_PUBLISHED = re.compile(r'^lastmetre_events_published_total\{type="([^"]+)"\} (\S+)$', re.MULTILINE)
Place = tuple[str, str]


class Stored(NamedTuple):
    """Documents, and their bytes as BSON."""

    documents: float
    size: float


class Costs(NamedTuple):
    """By service and collection what is stored, by service and type how many events were published."""

    stored: Mapping[Place, Stored]
    events: Mapping[Place, float]

    def since(self, before: "Costs", residents: int) -> "Costs":
        """Return what came since `before`, a resident; what did not grow is left out."""
        nothing = Stored(0, 0)
        stored = {}
        for place, now in self.stored.items():
            then = before.stored.get(place, nothing)
            more = Stored((now.documents - then.documents) / residents, (now.size - then.size) / residents)
            if more.documents > 0:
                stored[place] = more
        events = {place: (now - before.events.get(place, 0)) / residents for place, now in self.events.items()}
        return Costs(stored, {place: more for place, more in events.items() if more > 0})


async def measure_costs(city: RunningCity, client: Client) -> Costs:
    """Return what the services' databases hold and how many events they have published."""
    stored: dict[Place, Stored] = {}
    for service in city.services:
        database = client[city.database_name(service)]
        for name in await database.list_collection_names():
            figures = await database.command("collStats", name)
            stored[service, name] = Stored(figures["count"], figures["size"])
    async with httpx.AsyncClient(trust_env=False) as http:
        pages = await asyncio.gather(*(http.get(city.metrics_url(service), timeout=60) for service in city.services))
    events = {
        (service, kind): count
        for service, page in zip(city.services, pages, strict=True)
        for kind, count in published(page.text).items()
    }
    return Costs(stored, events)


def published(page: str) -> dict[str, float]:
    """Return how many events of each type a service's page of metrics says that it has published."""
    return {kind: float(count) for kind, count in _PUBLISHED.findall(page)}


def costs_table(costs: Costs) -> Table:
    """Return the costs of a resident for a terminal, with their sums."""
    table = Table("service", "collection or event", "documents", "bytes", "events")
    for (service, name), more in sorted(costs.stored.items()):
        table.add_row(service, name, f"{more.documents:.3f}", f"{more.size:,.0f}", "")
    for (service, kind), count in sorted(costs.events.items()):
        table.add_row(service, kind, "", "", f"{count:.3f}")
    table.add_section()
    documents, size = (sum(column) for column in zip(*costs.stored.values(), strict=True))
    table.add_row("all", "", f"{documents:.3f}", f"{size:,.0f}", f"{sum(costs.events.values()):.3f}")
    return table
