"""Rented doors: the landlord registers tenants in time, declares their journeys, sees no other's door (R1.5)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.registration.domain import rental_policies
from shared.base.ids import new_id
from shared.events.registration_rentals import RentalEvent, TenantReported
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, TODAY, office
from tests.registration.renting import DOOR, Renting, renting

TENANTS = 10


async def rented_door(service: MakeService) -> Renting:
    return await renting(await office(service))


async def journey(rented: Renting, client: Any, resident_id: str) -> Any:
    body = {"journey_id": new_id(), "resident_id": resident_id, "origin_region": "hubei/wuhan"}
    days = {"departs_on": str(TODAY), "arrives_on": str(TODAY)}
    return await client.post("/v1/journeys", json=body | days)


async def listed(rented: Renting, **only: str) -> list[str]:
    return [one["rental_id"] for one in (await rented.clerk.get("/v1/rentals", params=only)).json()["items"]]


async def test_a_landlord_with_ten_tenants(service: MakeService) -> None:
    """One returns from a risk region, one leaves, one whom the landlord hid is found by a neighbour's report."""
    rented = await rented_door(service)
    for number in range(TENANTS - 1):
        answer = await rented.tenant(rented.landlord, number)
        assert answer.status_code == 200, answer.text
    assert (answer.json()["registered"], answer.json()["waiting"]) == (TENANTS - 1, 0)
    first, second, *_ = [one["tenancy_id"] for one in answer.json()["tenancies"]]

    returns = (await rented.here.resident(2))["resident_id"]
    assert (await journey(rented, rented.landlord, returns)).status_code == 404
    assert (await rented.step(first, "file", rented.clerk, resident_id=returns)).status_code == 200
    assert (await journey(rented, rented.landlord, returns)).status_code == 201
    assert (await rented.landlord.get(f"/v1/residents/{returns}/standing")).status_code == 404  # no health data

    assert (await rented.step(second, "departure")).json()["registered"] == TENANTS - 2

    neighbour = rented.service.client("resident", subject="neighbour-zhou")
    report = {"report_id": new_id(), "area_path": COMPOUND, "door": "9-1-901", "about": "有新租客，未见登记"}
    assert (await neighbour.post("/v1/returnee-reports", json=report)).status_code == 201
    hidden = (await rented.tenant(rented.clerk, 99, hours_ago=30)).json()
    assert (hidden["waiting"], hidden["overdue"], await listed(rented, only="overdue")) == (1, True, [rented.rental_id])
    (event,) = await rented.service.emitted(TenantReported)
    assert (event.waiting, "租客" in event.model_dump_json()) == (1, False)
    tenancy_id = hidden["tenancies"][-1]["tenancy_id"]
    by_clerk = await rented.step(tenancy_id, "registration", rented.clerk)
    assert by_clerk.json()["code"] == "registration.landlord_registers"
    done = [(await rented.step(tenancy_id, "registration")).json() for _ in range(2)]
    assert done[0] == done[1]
    assert (done[0]["waiting"], done[0]["tenancies"][-1]["was_late"]) == (0, True)
    assert await listed(rented, only="overdue") == []


async def test_a_former_tenant_s_journeys_are_not_the_landlord_s_to_declare(service: MakeService) -> None:
    rented = await rented_door(service)
    tenancy = (await rented.tenant(rented.landlord, 1)).json()["tenancies"][0]["tenancy_id"]
    who = (await rented.here.resident(2))["resident_id"]
    await rented.step(tenancy, "file", rented.clerk, resident_id=who)
    await rented.step(tenancy, "departure")
    assert (await journey(rented, rented.landlord, who)).status_code == 404


async def test_doors_are_counted_by_grid_and_those_without_a_landlord_are_listed(service: MakeService) -> None:
    rented = await rented_door(service)
    other: dict[str, Any] = {"rental_id": new_id(), "area_path": f"{COMPOUND}/b9/u1/902"}
    assert (await rented.clerk.post("/v1/rentals", json=other)).status_code == 201
    assert await listed(rented, only="no_landlord") == [other["rental_id"]]
    grid = "/".join(DOOR.split("/")[:7])
    counted = (await rented.clerk.get("/v1/rental-counts")).json()
    assert counted == [{"grid_path": grid, "doors": 2, "overdue": 0, "without_landlord": 1}]
    outside = other | {"landlord": {"name": "安居公司", "phone": "02200001111"}}
    assert (await rented.clerk.post("/v1/rentals", json=outside)).json()["landlord"]["name"] == "安居公司"
    assert await listed(rented, only="no_landlord") == []
    assert "安居公司" not in str(await rented.service.database["rentals"].find().to_list(None))
    assert not any("安居公司" in event.model_dump_json() for event in await rented.service.emitted(RentalEvent))


async def test_a_door_is_read_by_its_landlord_and_the_staff_of_its_area_alone(service: MakeService) -> None:
    rented = await rented_door(service)
    stranger = rented.service.client("resident", subject=new_id())
    for client, status in ((rented.landlord, 200), (rented.clerk, 200), (rented.here.elsewhere, 404), (stranger, 404)):
        assert (await client.get(rented.path)).status_code == status
    assert (await rented.tenant(stranger, 1)).status_code == 404
    assert (await rented.landlord.get("/v1/rentals")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"area_path": f"{COMPOUND}/b9/u1/903"}, 409, "registration.rental_taken"),
        ({"landlord": {"resident_id": new_id()}}, 404, "registration.no_such_landlord"),
        ({"landlord": {"name": "王"}}, 422, "request.invalid"),
    ],
)
async def test_a_door_that_cannot_be_says_what_to_correct(
    service: MakeService, changes: dict[str, Any], status: int, code: str
) -> None:
    rented = await rented_door(service)
    answer = await rented.open(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    ahead = (rented.service.clock.now() + timedelta(hours=1)).isoformat()
    assert (await rented.tenant(rented.landlord, 1, arrived_at=ahead)).json()["code"] == "registration.tenant_ahead"
    first = (await rented.tenant(rented.landlord, 1)).json()["tenancies"][0]["tenancy_id"]
    taken = await rented.tenant(rented.landlord, 2, tenancy_id=first)
    assert taken.json()["code"] == "registration.tenancy_taken"
    assert (await rented.step(new_id(), "departure")).json()["code"] == "registration.no_such_tenancy"


def test_the_time_of_landlords_follows_the_policy_of_the_day() -> None:
    days = (date(2019, 1, 1), date(2020, 3, 1), date(2022, 7, 1), date(2026, 2, 10))
    assert [rental_policies.policy_at(day).hours for day in days] == [24, 24, 12, 24]
