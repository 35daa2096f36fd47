"""Deliveries in the order of their days, by what has changed, and depots by their names."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.store.changes import SETTLED_AFTER
from tests.conftest import MakeService
from tests.supply.town import define_depot, deliveries, open_case, supply
from tests.support.service import AREA, ServiceUnderTest


async def kits(service: MakeService, count: int = 3) -> ServiceUnderTest:
    """Let kits be due to as many households, one after the other."""
    made = await supply(service, flour=9, milk=9, disinfectant=9)
    for _ in range(count):
        made.clock.advance(timedelta(days=1))
        await made.receive(open_case(new_id()))
    return made


async def pages(client: Any, path: str, **params: Any) -> list[dict[str, Any]]:
    """Return the items of all pages, two a page."""
    items: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        answer = await client.get(path, params=params | {"after": after, "limit": 2})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
    return items


@pytest.mark.parametrize("field", ["asked_at", "due_on"])
@pytest.mark.parametrize("filters", [{}, {"state": "planned"}])
@pytest.mark.parametrize("area", ["/", AREA])
async def test_deliveries_are_listed_in_the_order_of_a_time(
    service: MakeService, field: str, filters: dict[str, str], area: str
) -> None:
    made = await kits(service)
    client = made.client("community", area=area)
    first = [(row[field], row["delivery_id"]) for row in await pages(client, "/v1/deliveries", sort=field, **filters)]
    last = await pages(client, "/v1/deliveries", sort=f"-{field}", **filters)
    assert len(first) == 3
    assert first == sorted(first)
    assert [(row[field], row["delivery_id"]) for row in last] == list(reversed(first))


async def test_a_reader_gets_the_deliveries_and_then_only_those_that_have_changed(service: MakeService) -> None:
    made = await kits(service)
    client = made.client("community")

    async def changes(after: str) -> Any:
        made.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
        return (await client.get("/v1/deliveries/changes", params={"after": after})).json()

    first = await changes("")
    assert len(first["items"]) == 3
    (one, *_) = await deliveries(made)
    assert (await client.post(f"/v1/deliveries/{one['delivery_id']}/handover", json={})).status_code == 200
    second = await changes(first["next"])
    assert [(row["delivery_id"], row["state"]) for row in second["items"]] == [(one["delivery_id"], "handed_over")]
    assert (await changes(second["next"]))["items"] == []


async def test_depots_are_looked_up_by_the_beginning_of_their_names(service: MakeService) -> None:
    made = await supply(service)
    await define_depot(made, "depot-c02", f"{AREA}/a1")
    client = made.client("community")
    assert len(await pages(client, "/v1/depots", q=" 物 资")) == 2
    assert await pages(client, "/v1/depots", q="资") == []
