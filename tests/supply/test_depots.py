"""Depots and the goods that come in, over HTTP on a real store."""

import json
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events import supply as events
from tests.conftest import MakeService
from tests.supply.town import AREA, DEPOT, OTHER_AREA, define_depot, receipt, stock, supply, take_in


async def test_goods_that_come_in_are_in_stock_and_published(service: MakeService) -> None:
    town = await supply(service)
    stated = receipt("flour", 12, source="donation", donor="春华面馆", lot="L7", expires_on="2026-08-01")
    async with town.client("community") as office:
        answer = await office.post("/v1/stock/receipts", json=stated)
        page = (await office.get("/v1/stock")).json()
    assert answer.status_code == 201
    assert stated.items() <= answer.json().items()
    (row,) = page["items"]
    assert (row["stock_id"], row["on_hand"], row["reserved"], row["free"]) == (f"{DEPOT}/flour", 12, 0, 12)
    (event,) = await town.emitted(events.StockReceived)
    assert (event.quantity, event.on_hand, event.receipt_id) == (12, 12, stated["receipt_id"])
    assert (event.area_path, event.source) == (AREA, events.Source.DONATION)


async def test_a_donor_is_listed_and_not_published_on_the_bus(service: MakeService) -> None:
    town = await supply(service, milk=3)
    gift = receipt("breakfast", 30, source="donation", donor="春华面馆")
    async with town.client("community") as office:
        await office.post("/v1/stock/receipts", json=gift)
        donations = (await office.get("/v1/stock/receipts", params={"source": "donation"})).json()["items"]
    assert [(row["donor"], row["item"], row["quantity"]) for row in donations] == [("春华面馆", "breakfast", 30)]
    assert all("春华面馆" not in event.model_dump_json() for event in await town.emitted())


async def test_a_receipt_that_is_sent_again_is_taken_in_once(service: MakeService) -> None:
    town = await supply(service)
    stated = receipt("flour", 12)
    async with town.client("community") as office:
        first = await office.post("/v1/stock/receipts", json=stated)
        again = await office.post("/v1/stock/receipts", json=stated)
    assert (again.status_code, again.json()) == (201, first.json())
    assert await stock(town) == {"flour": (12, 0)}
    assert len(await town.emitted(events.StockReceived)) == 1


async def test_a_receipt_id_of_other_goods_is_refused(service: MakeService) -> None:
    town = await supply(service)
    stated = receipt("flour", 12)
    async with town.client("community") as office:
        await office.post("/v1/stock/receipts", json=stated)
        other = await office.post("/v1/stock/receipts", json=stated | {"quantity": 13})
    assert (other.status_code, other.json()["code"]) == (409, "supply.receipt_taken")
    assert await stock(town) == {"flour": (12, 0)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": 0},
        {"quantity": -5},
        {"quantity": 2.5},
        {"quantity": 2.0},
        {"quantity": "2"},
        {"quantity": True},
        {"quantity": None},
        {"quantity": 10**30},
        {"source": "stolen"},
        {"receipt_id": "1"},
        {"expires_on": "2026-02-30"},
        {"donor": "\ud800\udc00"[0]},
        {"colour": "white"},
    ],
    ids=str,
)
async def test_a_receipt_that_is_not_well_formed_says_which_field(service: MakeService, wrong: dict[str, Any]) -> None:
    town = await supply(service)
    body = json.dumps(receipt() | wrong)
    async with town.client("community") as office:
        answer = await office.post("/v1/stock/receipts", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), answer.text
    assert next(iter(wrong)) in answer.json()["detail"]
    assert await stock(town) == {}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"item": "fluor"}, "supply.unknown_item"),
        ({"donor": "春华面馆"}, "supply.donor_of_purchase"),
        ({"expires_on": "2026-02-09"}, "supply.expired"),
    ],
)
async def test_a_receipt_that_cannot_be_meant_is_refused(
    service: MakeService, wrong: dict[str, Any], code: str
) -> None:
    town = await supply(service)
    async with town.client("community") as office:
        answer = await office.post("/v1/stock/receipts", json=receipt() | wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert await stock(town) == {}


async def test_a_depot_of_another_area_is_not_found(service: MakeService) -> None:
    town = await supply(service, flour=1)
    async with town.client("community", area=OTHER_AREA) as elsewhere:
        taken_in = await elsewhere.post("/v1/stock/receipts", json=receipt())
        defined = await elsewhere.put("/v1/depots", json={"depot_id": "d", "name": "站", "area_path": AREA})
        stolen = await elsewhere.put("/v1/depots", json={"depot_id": DEPOT, "name": "站", "area_path": OTHER_AREA})
        depots, seen = await elsewhere.get("/v1/depots"), await elsewhere.get("/v1/stock")
        receipts = await elsewhere.get("/v1/stock/receipts")
    assert (taken_in.status_code, taken_in.json()["code"]) == (404, "supply.no_such_depot")
    assert (defined.status_code, stolen.status_code) == (404, 403)
    assert (depots.json()["items"], seen.json()["items"], receipts.json()["items"]) == ([], [], [])
    assert await stock(town) == {"flour": (1, 0)}


@pytest.mark.parametrize("role", ["grid_worker", "volunteer", "doctor", "resident", "device", "auditor"])
async def test_only_the_office_manages_depots_and_stock(service: MakeService, role: str) -> None:
    town = await supply(service)
    async with town.client(role) as client:
        defined = await client.put("/v1/depots", json={"depot_id": "d", "name": "站", "area_path": AREA})
        taken_in = await client.post("/v1/stock/receipts", json=receipt())
    assert (defined.status_code, taken_in.status_code) == (403, 403)


async def test_without_a_token_every_request_is_refused(service: MakeService) -> None:
    town = await supply(service)
    async with town.client() as client:
        answers = [await client.get(path) for path in ("/v1/items", "/v1/depots", "/v1/stock", "/v1/deliveries")]
    assert {answer.status_code for answer in answers} == {401}


async def test_a_depot_may_be_named_anew(service: MakeService) -> None:
    town = await supply(service, flour=5)
    async with town.client("community") as office:
        depot = {"depot_id": DEPOT, "name": "新站", "area_path": AREA}
        assert (await office.put("/v1/depots", json=depot)).json() == depot
        assert (await office.get("/v1/depots")).json()["items"] == [depot]
    assert await stock(town) == {"flour": (5, 0)}


async def test_a_depot_that_moves_takes_its_stock_along(service: MakeService) -> None:
    town = await supply(service, flour=5)
    await define_depot(town, DEPOT, OTHER_AREA)
    async with town.client("community", area=OTHER_AREA) as there, town.client("community") as here:
        assert [row["free"] for row in (await there.get("/v1/stock")).json()["items"]] == [5]
        assert (await here.get("/v1/stock")).json()["items"] == []


async def test_lists_are_paged_by_key_and_lose_nothing(service: MakeService) -> None:
    town = await supply(service, flour=1, milk=1, masks=1)
    await define_depot(town, "depot-a1", f"{AREA}/a1")
    await take_in(town, "rice", 1, "depot-a1")
    async with town.client("community") as office:
        for path, key in (("/v1/depots", "depot_id"), ("/v1/stock", "stock_id"), ("/v1/stock/receipts", "receipt_id")):
            whole = [row[key] for row in (await office.get(path)).json()["items"]]
            paged: list[str] = []
            after: str | None = ""
            while after is not None:
                page = (await office.get(path, params={"after": after, "limit": 1})).json()
                paged += [row[key] for row in page["items"]]
                after = page["next"]
            assert paged == whole
            assert len(set(paged)) == len(paged) > 1


async def test_items_are_named_in_both_languages(service: MakeService) -> None:
    town = await supply(service)
    async with town.client("resident", subject=new_id()) as person:
        items = {row["item"]: row for row in (await person.get("/v1/items")).json()["items"]}
    assert (items["flour"]["zh"], items["flour"]["en"]) == ("面粉", "flour")
