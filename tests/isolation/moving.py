"""A town whose resident moves during a case: two further communities beside it, with staff of their own."""

from typing import Any

import httpx

from shared.events import isolation as events
from shared.events import registration
from tests.conftest import MakeService
from tests.isolation.town import DOCTOR, DOOR, Town, town
from tests.support.service import AREA

NEW = "/jinhe/hexi/qingshui/c02"
NEW_DOOR = f"{NEW}/a1/g07/p03/2/1/301"
THIRD = "/jinhe/hexi/qingshui/c03"
THIRD_DOOR = f"{THIRD}/a1/g01/p01/1/1/101"
NEXT_DOOR = DOOR.replace("/101", "/202")
NEW_KEEPER, NEW_DOCTOR, NEW_OFFICE = "keeper-zhao", "doctor-qian", "office-sun"


class Moving(Town):
    """A town whose resident is isolated; two further communities beside it have staff of their own."""

    new_office: Any
    new_doctor: Any
    third_office: Any

    async def moves(self, area_path: str, household_id: str = "") -> registration.ResidentMoved:
        """The roster states another door."""
        moved = registration.ResidentMoved(
            resident_id=self.resident_id, household_id=household_id or f"household of {area_path}", area_path=area_path
        )
        await self.service.receive(moved)
        return moved

    async def step(self, client: Any, step: str = "", **body: Any) -> httpx.Response:
        """Accept the handover, refuse it, or write the note."""
        path = f"/v1/cases/{self.case_id}/handover{step}"
        answer: httpx.Response = await client.post(path, json=body)
        return answer

    async def accept(self, client: Any = None, **body: Any) -> httpx.Response:
        """The new community accepts."""
        return await self.step(client or self.new_office, "/acceptance", **body)

    async def listed(self, client: Any) -> list[str]:
        """The cases that the caller's list has."""
        return [row["case_id"] for row in (await client.get("/v1/cases")).json()["items"]]

    async def published(self) -> list[str]:
        """The events of the case."""
        return [type(event).__name__ for event in await self.emitted(events.CaseEvent)]


async def isolated(service: MakeService) -> Moving:
    """The resident is isolated since the tenth; it is the next morning, eight o'clock."""
    here = await town(service)
    here.__class__ = Moving
    assert isinstance(here, Moving)
    level, keepers = registration.PlaceLevel.COMMUNITY, registration.Keeper
    doctor, keeper = registration.Duty.DOCTOR, registration.Duty.KEEPER
    people = {AREA: [(DOCTOR, doctor)], NEW: [(NEW_DOCTOR, doctor), (NEW_KEEPER, keeper)], THIRD: []}
    here.service.feed_replicas(
        *(
            registration.PlaceDefined(
                place_id=path,
                level=level,
                code=path[-3:],
                name=path[-3:],
                path=path,
                keepers=tuple(keepers(person_id=who, duty=duty) for who, duty in named),
            )
            for path, named in people.items()
        )
    )
    here.new_office = here.service.client("community", area=NEW, subject=NEW_OFFICE)
    here.new_doctor = here.service.client("doctor", area=NEW, subject=NEW_DOCTOR)
    here.third_office = here.service.client("community", area=THIRD, subject="office-3")
    await here.order()
    here.at(1, 8)
    return here
