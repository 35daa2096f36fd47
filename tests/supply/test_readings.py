"""Each reading of who lives at a door is recorded with its purpose, and auditors list it (R2.8, R9)."""

from typing import Any

from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.supply.town import PLENTY, deliveries, hand_over, open_case, resident, supply
from tests.support.http import stated
from tests.support.service import AREA, ServiceUnderTest


async def readings(town: ServiceUnderTest, **query: Any) -> list[tuple[str, str, str]]:
    """Return reader, subject and purpose of the readings that an auditor lists, the newest first."""
    async with town.client("auditor") as auditor:
        page = (await auditor.get("/v1/readings", params=query)).json()
    assert {row["kind"] for row in page["items"]} <= {"delivery"}
    return [(row["reader"], row["subject"], row["purpose"]) for row in page["items"]]


async def test_an_auditor_lists_who_read_a_delivery_and_why(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    case = open_case(new_id())
    await town.receive(case)
    (kit,) = await deliveries(town)
    async with town.client("community", subject="office-liu") as office:
        await office.get(f"/v1/deliveries/{kit['delivery_id']}", headers=stated("the household called"))
        await office.get("/v1/deliveries")
        await office.get("/v1/deliveries", params={"household_id": case.household_id})
    await hand_over(town, kit["delivery_id"])
    assert await readings(town, subject=case.resident_id) == [
        ("keeper-01", case.resident_id, "bringing goods to a household"),
        ("office-liu", case.resident_id, "bringing goods to a household"),
        ("office-liu", case.resident_id, "the household called"),
    ]
    assert ("office-liu", AREA, "overview of the area") in await readings(town, reader="office-liu")


async def test_residents_who_read_of_their_own_delivery_are_not_recorded(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    person = resident(new_id())
    await town.receive(person, open_case(person.household_id, resident_id=person.resident_id))
    async with town.client("resident", subject=person.resident_id) as own:
        (kit,) = (await own.get("/v1/deliveries")).json()["items"]
        assert (await own.get(f"/v1/deliveries/{kit['delivery_id']}")).status_code == 200
    assert await readings(town, subject=person.resident_id) == []
