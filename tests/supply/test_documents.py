"""Documents that a later or an earlier version has written are read, and what this version does not know stays."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.isolation import CaseOpened
from shared.events.registration import ResidentRegistered, SpecialCareChanged
from tests.conftest import MakeService
from tests.supply.test_zones import lifted, zone
from tests.supply.town import AREA, DEPOT, PLENTY, deliveries, hand_over, open_case, receipt, resident, supply, take_in
from tests.support.later_version import add_field, add_to_parts, ids, lacking, lost_from_parts, readers
from tests.support.service import ServiceUnderTest


class Scene:
    """A household in special care and in isolation, with a kit on its way."""

    def __init__(self, town: ServiceUnderTest) -> None:
        self.town = town
        self.receipt: dict[str, Any] = receipt("rice", 1)
        self.person: ResidentRegistered = resident(new_id(), "hardship")
        self.case: CaseOpened = open_case(self.person.household_id)
        self.zone = zone()

    async def begin(self) -> None:
        await self.town.receive(self.person)
        await self.town.receive(self.case)
        await self.town.receive(self.zone)
        await takes_the_same_in(self)


async def takes_the_same_in(scene: Scene) -> None:
    async with scene.town.client("city", area="/") as city:
        answer = await city.post("/v1/stock/receipts", json=scene.receipt)
        assert answer.status_code == 201, answer.text
        page = (await city.get("/v1/stock/receipts")).json()
        assert scene.receipt["receipt_id"] in {row["receipt_id"] for row in page["items"]}


async def renames_the_depot(scene: Scene) -> None:
    async with scene.town.client("city", area="/") as city:
        answer = await city.put("/v1/depots", json={"depot_id": DEPOT, "name": "新物资站", "area_path": AREA})
        assert answer.json()["name"] == "新物资站"


async def brings_the_kit(scene: Scene) -> None:
    (kit,) = await deliveries(scene.town, kind="isolation_kit")
    assert (await hand_over(scene.town, kit["delivery_id"]))["state"] == "handed_over"


async def takes_every_item_in(scene: Scene) -> None:
    for item in (*PLENTY, "rice"):
        await take_in(scene.town, item, 1)


async def ends_the_case(scene: Scene) -> None:
    await scene.town.receive(CaseOpened.of(scene.case, state="released"))


async def ends_the_care(scene: Scene) -> None:
    await scene.town.receive(SpecialCareChanged.of(scene.person, categories=()))


async def lifts_the_zone(scene: Scene) -> None:
    await scene.town.receive(lifted(scene.zone))


SAVED_BY: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "depots": renames_the_depot,
    "stock": takes_every_item_in,
    "receipts": takes_the_same_in,
    "deliveries": brings_the_kit,
    "cases": ends_the_case,
    "care": ends_the_care,
    "residents": ends_the_care,
    "supplied_zones": lifts_the_zone,
}


async def test_the_table_has_every_reader(service: MakeService) -> None:
    town = await supply(service)
    assert readers(town.deps.store) | {"residents"} == SAVED_BY.keys()


@pytest.mark.parametrize("collection", SAVED_BY)
async def test_a_field_of_a_later_version_is_read_over_and_stays(service: MakeService, collection: str) -> None:
    scene = Scene(await supply(service, **PLENTY))
    await scene.begin()
    database = scene.town.database
    there = await ids(database, collection)
    assert await add_field(database, collection) == len(there) > 0
    parts = await add_to_parts(database, scene.town.deps.store, collection)
    before = await database[collection].find({"_id": {"$in": list(there)}}).to_list(None)
    await SAVED_BY[collection](scene)
    assert await lacking(database, collection, there) == 0
    assert await lost_from_parts(database, collection, parts) == []
    after = await database[collection].find({"_id": {"$in": list(there)}}).to_list(None)
    assert (before != after) is (collection != "receipts")  # a receipt is written once


@pytest.mark.parametrize("revision", [3, None])
async def test_documents_of_an_earlier_version_are_read_and_changed(service: MakeService, revision: int | None) -> None:
    scene = Scene(await supply(service, **PLENTY))
    await scene.begin()
    change = {"$set": {"revision": revision}} if revision else {"$unset": {"revision": ""}}
    for collection in ("depots", "stock", "deliveries", "cases", "care"):
        await scene.town.database[collection].update_many({}, change)
    await renames_the_depot(scene)
    await brings_the_kit(scene)
    await ends_the_care(scene)
    await ends_the_case(scene)


async def test_a_delivery_in_a_state_of_a_later_version_is_listed_and_unchanged(service: MakeService) -> None:
    scene = Scene(await supply(service, **PLENTY))
    await scene.begin()
    (kit,) = await deliveries(scene.town, kind="isolation_kit")
    later = {"$set": {"state": "on_the_road"}}
    await scene.town.database["deliveries"].update_one({"_id": kit["delivery_id"]}, later)
    (kit,) = await deliveries(scene.town, kind="isolation_kit")
    assert (kit["state"], kit["lacks"]) == ("on_the_road", [])
    async with scene.town.client("grid_worker", "city") as staff:
        path = f"/v1/deliveries/{kit['delivery_id']}"
        for step, body in (("handover", {}), ("withdrawal", {"note": "填报有误"})):
            refused = await staff.post(f"{path}/{step}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (409, "supply.delivery_closed")
    await ends_the_case(scene)
    (kit,) = await deliveries(scene.town, kind="isolation_kit")
    assert kit["state"] == "on_the_road"


@pytest.mark.parametrize("filters", [{"state": "on_the_road"}, {"kind": "parcel"}])
async def test_a_filter_by_an_unknown_member_is_refused(service: MakeService, filters: dict[str, str]) -> None:
    town = await supply(service)
    async with town.client("city", area="/") as city:
        refused = await city.get("/v1/deliveries", params=filters)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
