"""Depots, goods and deliveries follow places that move (R1.1)."""

from shared.events.supply import DeliveryRelocated
from tests.conftest import MakeService
from tests.supply.town import DEPOT, DOOR, PLENTY, deliveries, open_case, stock, supply
from tests.support.place_moves import move_began
from tests.support.service import AREA

NEW = "/jinhe/hexi/c09"


async def test_a_delivery_a_depot_and_its_goods_are_at_the_new_path(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(open_case("h1"))
    goods = await stock(town)
    await town.receive(move_began(AREA, NEW))
    await town.due()
    (delivery,) = await deliveries(town)
    assert delivery["area_path"] == DOOR.replace(AREA, NEW)
    assert await stock(town) == goods
    async with town.client("community", area=NEW) as office:
        assert [one["depot_id"] for one in (await office.get("/v1/depots")).json()["items"]] == [DEPOT]
    (event,) = await town.emitted(DeliveryRelocated)
    assert event.area_path == delivery["area_path"]
