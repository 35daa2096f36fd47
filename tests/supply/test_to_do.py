"""What is to be brought: deliveries by person, day and place, how many are due and late, and a delivery's history."""

from datetime import timedelta
from typing import Any

from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.supply.town import DOOR, PLENTY, assign, deliveries, open_case, supply
from tests.support.service import AREA, ServiceUnderTest


async def listed(town: ServiceUnderTest, role: str = "community", subject: str = "x", **params: Any) -> list[str]:
    async with town.client(role, subject=subject) as client:
        answer = await client.get("/v1/deliveries", params=params)
        assert answer.status_code == 200, answer.text
        return [row["delivery_id"] for row in answer.json()["items"]]


async def counts(town: ServiceUnderTest, role: str = "community", subject: str = "x") -> dict[str, int]:
    async with town.client(role, subject=subject) as client:
        answer: dict[str, int] = (await client.get("/v1/deliveries/counts")).json()
        return answer


async def test_deliveries_are_listed_and_counted_by_who_brings_them_when_and_where(service: MakeService) -> None:
    town = await supply(service, flour=2, milk=9, disinfectant=9)
    await town.receive(open_case(new_id()))
    town.clock.advance(timedelta(days=1))
    elsewhere = f"{AREA}/a1/g01/p02/1/1/101"
    await town.receive(open_case(new_id(), area_path=elsewhere, starts_on=town.clock.now().date()))
    await town.receive(open_case(new_id()))
    first, *others = await deliveries(town)
    second, short = (row["delivery_id"] for row in sorted(others, key=lambda row: row["area_path"] != elsewhere))
    first = first["delivery_id"]
    await assign(town, first, "helper-sun")
    assert await listed(town, assigned_to="helper-sun") == [first]
    assert await listed(town, state="planned", due_until="2026-02-10") == [first]
    assert await listed(town, within=elsewhere) == [second]
    assert set(await listed(town, assigned_to="keeper-01")) == {first, second, short}
    assert await counts(town) == {"waiting": 1, "planned": 2, "due": 2, "late": 1, "without_carrier": 1}
    mine = {"waiting": 0, "planned": 1, "due": 1, "late": 1, "without_carrier": 0}
    assert await counts(town, "volunteer", "helper-sun") == mine
    assert await listed(town, "volunteer", "helper-sun", assigned_to="keeper-01") == []
    async with town.client("community") as client:
        assert (await client.get("/v1/deliveries", params={"within": "/jinhe/hexi"})).status_code == 404


async def test_a_delivery_shows_what_happened_to_it_when_and_by_whom(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(open_case(new_id(), area_path=DOOR))
    (kit,) = await deliveries(town)
    path = f"/v1/deliveries/{kit['delivery_id']}"
    await assign(town, kit["delivery_id"], "helper-sun")
    await assign(town, kit["delivery_id"], "helper-sun")
    async with town.client("volunteer", subject="helper-sun") as helper:
        failure = {"reason": "nobody_home", "retry_on": "2026-02-11"}
        assert (await helper.post(f"{path}/failure", json=failure)).status_code == 200
        assert (await helper.post(f"{path}/failure", json=failure)).status_code == 200
        town.clock.advance(timedelta(days=1))
        done = (await helper.post(f"{path}/handover", json={"left_at": "at the door"})).json()
    steps = [(step["what"], step["by"]) for step in done["steps"]]
    assert steps == [("assigned", "keeper-01"), ("failed", "helper-sun"), ("handed_over", "helper-sun")]
    assert done["steps"][-1]["at"] == done["handed_over_at"]
