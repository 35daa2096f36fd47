"""A rented door with a landlord, for tests of registration (R1.5)."""

from datetime import timedelta
from typing import Any

import httpx

from shared.base.ids import new_id
from tests.registration.office import COMPOUND, Office
from tests.support.service import ServiceUnderTest

DOOR = f"{COMPOUND}/b9/u1/901"


class Renting:
    """A rented door of a resident who is the landlord."""

    def __init__(self, here: Office, landlord_id: str) -> None:
        self.here = here
        self.service: ServiceUnderTest = here.service
        self.landlord = self.service.client("resident", subject=landlord_id)
        self.clerk = here.clerk
        self.rental_id = new_id()
        self.path = f"/v1/rentals/{self.rental_id}"
        self.body: dict[str, Any] = {"rental_id": self.rental_id, "area_path": DOOR, "rooms": 10}
        self.body |= {"landlord": {"resident_id": landlord_id}}

    async def open(self, **changes: Any) -> httpx.Response:
        answer: httpx.Response = await self.clerk.post("/v1/rentals", json=self.body | changes)
        return answer

    async def tenant(self, client: Any, number: int, hours_ago: int = 1, **changes: Any) -> httpx.Response:
        """State a tenant who arrived some hours ago."""
        arrived = self.service.clock.now() - timedelta(hours=hours_ago)
        body = {"tenancy_id": new_id(), "name": f"租客{number}", "phone": f"1380000{number:04}", "room": str(number)}
        stated = body | {"arrived_at": arrived.isoformat()} | changes
        answer: httpx.Response = await client.post(f"{self.path}/tenants", json=stated)
        return answer

    async def step(self, tenancy_id: str, step: str, client: Any = None, **body: str) -> httpx.Response:
        path = f"{self.path}/tenants/{tenancy_id}/{step}"
        answer: httpx.Response = await (client or self.landlord).post(path, json=body or None)
        return answer


async def renting(here: Office) -> Renting:
    """Return a rented door whose landlord is the resident 1 of the office."""
    made = Renting(here, (await here.resident(1))["resident_id"])
    answer = await made.open()
    assert answer.status_code == 201, answer.text
    return made
