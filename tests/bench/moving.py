"""`python -m tests.bench.moving [HOUSEHOLDS]`: a grid of so many households moves while a city runs; prints how long.

The store is filled directly: the import is another row.
"""

import asyncio
import sys
import time
from typing import Any

import httpx
from rich.console import Console

from deploy.launcher.state import RunningCity
from shared.base.ids import derived_id, new_id
from shared.store.mongo import Document, connect
from tests.bench.city import running_city

HOUSE, BATCH, POLL_S = 3, 1_000, 5.0
TREE = (("city", "/jinhe"), ("community", "/jinhe/c01"), ("area", "/jinhe/c01/a1"), ("area", "/jinhe/c01/a2"))
GRID = "/jinhe/c01/a1/g01"


async def fill(city: RunningCity, households: int) -> None:
    """Store a tree and so many households with three residents each, in one grid."""
    client = connect(city.mongo)
    database = client[city.database_name("registration")]
    buildings = [("building", f"{GRID}/{number}") for number in range(-(-households // 100))]
    places = [_place(level, path) for level, path in (*TREE, ("grid", GRID), *buildings)]
    await database["places"].insert_many(places)
    doors = [f"{GRID}/{number // 100}/{number % 100 + 101}" for number in range(households)]
    for at in range(0, households, BATCH):
        some = doors[at : at + BATCH]
        rows = [{"_id": derived_id("household", door), "area_path": door} for door in some]
        await database["households"].insert_many(rows)
        await database["residents"].insert_many([_resident(door, member) for door in some for member in range(HOUSE)])
    client.close()


def _place(level: str, path: str) -> Document:
    code = path.rpartition("/")[2]
    facts: Document = {"_id": derived_id("place", path), "level": level, "code": code, "name": code, "path": path}
    return facts | {"parent_id": None, "keepers": [], "closed": False}


def _resident(door: str, member: int) -> Document:
    identity = derived_id("bench resident", door, str(member))
    return {
        "_id": identity,
        "household_id": derived_id("household", door),
        "area_path": door,
        "id_number_hash": identity,
        "sealed": {"name": "", "id_number": "", "particulars": ""},
        "left": False,
    }


async def move(city: RunningCity, console: Console) -> None:
    """Propose and approve the move of the grid, and wait until registration has carried it out."""
    clients = [_client(city, f"clerk-{number}") for number in range(2)]
    body: dict[str, Any] = {"move_id": new_id(), "kind": "move", "sources": [GRID], "target": "/jinhe/c01/a2"}
    path = f"/v1/place-moves/{body['move_id']}"
    began = time.monotonic()
    proposed = await clients[0].post("/v1/place-moves", json=body | {"reason": "片区调整"})
    proposed.raise_for_status()
    preview_s, began = time.monotonic() - began, time.monotonic()
    (await clients[1].post(f"{path}/approve")).raise_for_status()
    slowest = 0.0
    while (state := (await clients[0].get(path)).json())["state"] != "done":
        asked = time.monotonic()
        (await clients[0].get("/v1/places", params={"within": "/jinhe/c01", "limit": 20})).raise_for_status()
        slowest = max(slowest, time.monotonic() - asked)
        console.print(f"{time.monotonic() - began:.0f} s: {state['moved']:,} documents")
        await asyncio.sleep(POLL_S)
    took = time.monotonic() - began
    console.print(
        f"{state['households']:,} households, {state['residents']:,} residents, {state['places']:,} places: "
        f"preview {preview_s:.1f} s, moved {state['moved']:,} documents in {took:.0f} s; "
        f"slowest page of places during the move {slowest:.2f} s"
    )
    for client in clients:
        await client.aclose()


def _client(city: RunningCity, subject: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {city.mint_token('city', area='/', subject=subject)}"}
    return httpx.AsyncClient(base_url=city.url("registration"), headers=headers, trust_env=False, timeout=60.0)


def main() -> None:
    """Measure once."""
    households, console = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, Console(width=160)
    with running_city() as city:
        asyncio.run(fill(city, households))
        asyncio.run(move(city, console))


if __name__ == "__main__":
    main()
