"""Two officials who move places, and a second grid that they move them to."""

from typing import Any

from shared.base.ids import new_id
from tests.registration.office import AREA, GRID, Office

SECOND = f"{AREA}/a1/g02"


class Movers:
    """A clerk who proposes and a colleague who approves."""

    def __init__(self, here: Office) -> None:
        self.here = here
        self.colleague = here.service.client("community", subject="office-sun")

    async def propose(self, kind: str, source: str | list[str], target: str, **more: str) -> Any:
        """Propose a move and return the answer."""
        sources = [source] if isinstance(source, str) else source
        body: dict[str, Any] = {"move_id": new_id(), "kind": kind, "sources": sources, "target": target}
        return await self.here.clerk.post("/v1/place-moves", json=body | {"reason": "片区调整"} | more)

    async def begin(self, kind: str, source: str | list[str], target: str, **more: str) -> str:
        """Propose a move and approve it; return its id."""
        proposed = await self.propose(kind, source, target, **more)
        assert proposed.status_code == 201, proposed.text
        move_id = str(proposed.json()["move_id"])
        approved = await self.colleague.post(f"/v1/place-moves/{move_id}/approve")
        assert (approved.status_code, approved.json()["state"]) == (200, "running"), approved.text
        return move_id

    async def carry_out(self, kind: str, source: str | list[str], target: str, **more: str) -> dict[str, Any]:
        """Propose a move, approve it and carry it out."""
        move_id = await self.begin(kind, source, target, **more)
        await self.here.service.due()
        done = (await self.here.clerk.get(f"/v1/place-moves/{move_id}")).json()
        assert done["state"] == "done", done
        return dict(done)

    async def paths(self, **query: str) -> list[str]:
        """The paths of the places of the community, now or on a day."""
        route = "/v1/places/then" if "day" in query else "/v1/places"
        return [one["path"] for one in (await self.here.clerk.get(route, params=query)).json()["items"]]


async def movers(here: Office) -> Movers:
    """Return two officials of the office, with a second grid."""
    body = {"level": "grid", "code": "g02", "name": "二网格", "parent": f"{AREA}/a1"}
    assert (await here.clerk.post("/v1/places", json=body)).status_code == 201
    return Movers(here)


__all__ = ["GRID", "SECOND", "Movers", "movers"]
