"""Two officers of a community who turn colours by hand, and the residents whom it is about."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from shared.base.ids import new_id
from shared.events.registration import StandingChanged
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, Office, office, person
from tests.support.prepared import Prepared
from tests.support.service import MORNING, ServiceUnderTest

UNTIL = MORNING + timedelta(days=7)


class Officers:
    """A community worker who proposes, a doctor who decides, and residents by number."""

    def __init__(self, here: Office, residents: list[str]) -> None:
        self.here = here
        self.residents = residents
        self.liu = here.clerk
        self.doctor = here.service.client("doctor", subject="doctor-chen")

    async def propose(
        self, *residents: str, colour: str = "red", until: datetime = UNTIL, client: Any = None, **changes: Any
    ) -> Any:
        """Propose a colour for these residents, else for the first; return the answer."""
        ids = residents or (self.residents[0],)
        body = {"order_id": new_id(), "colour": colour, "reason": "contact of a case", "until": until.isoformat()}
        return await (client or self.liu).post("/v1/colour-orders", json=body | {"resident_ids": ids} | changes)

    async def proposed(self, *residents: str, colour: str = "red", **changes: Any) -> str:
        """Propose an order that is taken; return its id."""
        answer = await self.propose(*residents, colour=colour, **changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["order_id"])

    async def decide(self, order_id: str, how: str = "approve", client: Any = None) -> Any:
        """Approve or reject an order; return the answer."""
        body = {"reason": "no contact after all"} if how == "reject" else None
        return await (client or self.doctor).post(f"/v1/colour-orders/{order_id}/{how}", json=body)

    async def in_force(self, *residents: str, colour: str = "red") -> str:
        """Have an order proposed, approved and carried out; return its id."""
        order_id = await self.proposed(*residents, colour=colour)
        if (await self.read_order(order_id))["state"] == "proposed":
            assert (await self.decide(order_id)).status_code == 200
        await self.here.service.due()
        return order_id

    async def lift(self, lifted: str, client: Any = None, **changes: Any) -> Any:
        """Propose to lift an order; return the answer."""
        body = {"order_id": new_id(), "reason": "tests are negative"} | changes
        return await (client or self.liu).post(f"/v1/colour-orders/{lifted}/lift", json=body)

    async def read_order(self, order_id: str) -> dict[str, Any]:
        """Return the order as officers see it."""
        answer = await self.liu.get(f"/v1/colour-orders/{order_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def standing(self, resident_id: str = "") -> dict[str, Any]:
        """The standing of a resident, else of the first."""
        return dict((await self.liu.get(f"/v1/residents/{resident_id or self.residents[0]}/standing")).json())

    async def colours(self) -> list[str]:
        """The colours of all residents, by number."""
        return [str((await self.standing(one))["colour"]) for one in self.residents]

    async def published(self) -> list[StandingChanged]:
        """The changes of colours that were published so far."""
        return await self.here.service.emitted(StandingChanged)

    async def after(self, **time: float) -> None:
        """Let time pass and do what falls due."""
        self.here.service.clock.advance(timedelta(**time))
        await self.here.service.due()


def registered(residents: int) -> Callable[[ServiceUnderTest], Awaitable[list[str]]]:
    """Return what registers so many residents in a compound and returns their ids."""

    async def register(service: ServiceUnderTest) -> list[str]:
        here = Office(service)
        await here.define(COMPOUND, "春华1号院")
        await here.imported(*(person(serial) for serial in range(1, residents + 1)))
        listed = (await here.clerk.get("/v1/residents", params={"limit": 1000, "sort": "registered"})).json()["items"]
        assert len(listed) == residents
        return [str(one["resident_id"]) for one in listed]

    return register


@cache
def _prepared(residents: int) -> Prepared[list[str]]:
    return Prepared(registered(residents))


async def officers(service: MakeService, residents: int = 1) -> Officers:
    """Return the officers of a community with so many residents."""
    here = await office(service, _prepared(residents))
    return Officers(here, here.prepared)
