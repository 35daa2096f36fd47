"""Officials of a street, its district and the city who lock a compound down and open it again."""

from datetime import datetime, timedelta
from typing import Any

from shared.base.ids import new_id
from shared.events.registration_zones import ZoneEvent
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, Office, office, person
from tests.support.prepared import Prepared
from tests.support.service import AREA, MORNING, ServiceUnderTest

STREET, DISTRICT, CITY = "/jinhe/hedong/chunhua", "/jinhe/hedong", "/jinhe"
NOTE = "现场已核查"


class Zoning:
    """The officials, and a compound with two households."""

    def __init__(self, here: Office) -> None:
        self.here = here
        self.service = here.service
        self.street = here.service.client("community", area=STREET, subject="street-li")
        self.second = here.service.client("community", area=STREET, subject="street-sun")
        self.district = here.service.client("community", area=DISTRICT, subject="district-zhou")
        self.city = here.service.client("city", area=CITY, subject="city-wu")

    async def propose(self, client: Any = None, **changes: Any) -> Any:
        """Propose a lockdown of the compound from now on; return the answer."""
        body = {
            "zone_id": new_id(),
            "kind": "lockdown",
            "paths": [COMPOUND],
            "since": MORNING.isoformat(),
            "review_on": (MORNING + timedelta(days=3)).date().isoformat(),
            "source": "津河疫防指〔2026〕8号",
            "reason": "一户两人核酸阳性",
        }
        return await (client or self.street).post("/v1/zones", json=body | changes)

    async def ordered(self, **changes: Any) -> str:
        """Have a zone proposed and ordered; return its id."""
        answer = await self.propose(**changes)
        assert answer.status_code == 201, answer.text
        zone_id = str(answer.json()["zone_id"])
        if answer.json()["state"] == "proposed":
            approved = await self.second.post(f"/v1/zones/{zone_id}/approve")
            assert approved.status_code == 200, approved.text
        return zone_id

    async def read(self, zone_id: str) -> dict[str, Any]:
        """Return the zone as officials see it."""
        answer = await self.street.get(f"/v1/zones/{zone_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def tick_all(self, zone_id: str) -> None:
        """Tick every item of the checklist."""
        for item in (await self.read(zone_id))["checklist"]:
            answer = await self.street.post(f"/v1/zones/{zone_id}/checklist/{item['item']}", json={"reason": NOTE})
            assert answer.status_code == 200, answer.text

    async def ask(self, zone_id: str, client: Any = None) -> Any:
        """Ask for the lifting; return the answer."""
        return await (client or self.street).post(f"/v1/zones/{zone_id}/lift", json={"reason": NOTE})

    async def decide(self, zone_id: str, client: Any, how: str = "approve", reason: str = NOTE) -> Any:
        """Approve or refuse the lifting; return the answer."""
        return await client.post(f"/v1/zones/{zone_id}/lift/{how}", json={"reason": reason})

    async def ready_to_lift(self) -> str:
        """Have a lockdown ordered, its days pass and its checklist done; return its id."""
        zone_id = await self.ordered()
        self.service.clock.advance(timedelta(days=5))
        await self.tick_all(zone_id)
        return zone_id

    async def published(self) -> list[ZoneEvent]:
        """The events of zones so far."""
        return await self.service.emitted(ZoneEvent)


def at(text: str) -> datetime:
    """Return the instant of a text of an answer."""
    return datetime.fromisoformat(text)


async def _settle(service: ServiceUnderTest) -> None:
    here = Office(service)
    await here.define(COMPOUND, "春华1号院")
    await here.imported(person(1), person(2))


_prepared = Prepared(_settle)


async def zoning(service: MakeService) -> Zoning:
    """Return the officials of a street with one compound of two households."""
    return Zoning(await office(service, _prepared))


async def lock_down(here: Office) -> str:
    """Have a lockdown of the community ordered, with an item of its checklist ticked; return its id."""
    zone_id, now = new_id(), here.service.clock.now()
    body = {"zone_id": zone_id, "kind": "lockdown", "paths": [AREA], "source": "8号文", "reason": "一户两人阳性"}
    second = here.service.client("community", subject="office-sun")
    for client, path, more in (
        (here.clerk, "", body | {"since": now.isoformat(), "review_on": now.date().isoformat()}),
        (second, f"/{zone_id}/approve", None),
        (here.clerk, f"/{zone_id}/checklist/disinfected", {"reason": NOTE}),
    ):
        answer = await client.post(f"/v1/zones{path}", json=more)
        assert answer.is_success, answer.text
    return zone_id


async def tick_item(client: Any, zone_id: str) -> None:
    """Tick another item of the checklist."""
    answer = await client.post(f"/v1/zones/{zone_id}/checklist/no_new_case", json={"reason": NOTE})
    assert answer.is_success, answer.text
