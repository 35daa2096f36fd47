"""A town with a depot: what the tests of supply have in common."""

from datetime import date, timedelta
from typing import Any

from services.supply import main
from services.supply.settings import Settings
from shared.base.ids import new_id
from shared.events import isolation, registration
from shared.store.mongo import Document
from tests.conftest import MakeService
from tests.support.service import AREA, ServiceUnderTest

DEPOT = "depot-c01"
DOOR = f"{AREA}/a1/g01/p01/1/1/101"
OTHER_AREA = "/jinhe/hedong/chunhua/c02"
TODAY = date(2026, 2, 10)  # a Tuesday
PLENTY = {"flour": 60, "milk": 60, "disinfectant": 60, "vegetables": 60}


async def supply(service: MakeService, **goods: int) -> ServiceUnderTest:
    """Return supply with one depot for the community and these goods in it."""
    town = await service(main.build, Settings)
    await define_depot(town, DEPOT, AREA)
    for item, quantity in goods.items():
        await take_in(town, item, quantity)
    return town


async def define_depot(town: ServiceUnderTest, depot_id: str, area: str) -> None:
    async with town.client("city", area="/") as city:
        depot = {"depot_id": depot_id, "name": "物资站", "area_path": area}
        answer = await city.put("/v1/depots", json=depot)
        assert answer.status_code == 200, answer.text


def receipt(item: str = "flour", quantity: Any = 5, depot: str = DEPOT, **more: Any) -> dict[str, Any]:
    goods = {"receipt_id": new_id(), "depot_id": depot, "item": item, "quantity": quantity, "source": "purchase"}
    return goods | more


async def take_in(town: ServiceUnderTest, item: str, quantity: int, depot: str = DEPOT) -> None:
    async with town.client("city", area="/") as city:
        answer = await city.post("/v1/stock/receipts", json=receipt(item, quantity, depot))
        assert answer.status_code == 201, answer.text


async def stock(town: ServiceUnderTest, depot: str = DEPOT) -> dict[str, tuple[int, int]]:
    """Return what a depot has of each item: on hand, and how much of it is reserved."""
    async with town.client("city", area="/") as city:
        page = (await city.get("/v1/stock", params={"depot_id": depot})).json()
    return {row["item"]: (row["on_hand"], row["reserved"]) for row in page["items"]}


async def deliveries(town: ServiceUnderTest, **filters: str) -> list[Document]:
    """Return the deliveries in the order they were asked for."""
    async with town.client("city", area="/") as city:
        page = (await city.get("/v1/deliveries", params=filters | {"limit": "1000"})).json()
    return sorted(page["items"], key=lambda row: str(row["asked_at"]))


async def hand_over(town: ServiceUnderTest, delivery_id: str) -> Document:
    async with town.client("grid_worker", subject="keeper-01") as keeper:
        answer = await keeper.post(f"/v1/deliveries/{delivery_id}/handover", json={})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def assign(town: ServiceUnderTest, delivery_id: str, *person_ids: str) -> None:
    """Let volunteers bring a delivery."""
    async with town.client("grid_worker", subject="keeper-01") as keeper:
        answer = await keeper.put(f"/v1/deliveries/{delivery_id}/carriers", json={"person_ids": list(person_ids)})
        assert answer.status_code == 200, answer.text


def open_case(
    household_id: str, kind: isolation.CaseKind = isolation.CaseKind.HOME, **more: Any
) -> isolation.CaseOpened:
    """Return the event of a case that opens in the household."""
    facts = {
        "case_id": new_id(),
        "resident_id": new_id(),
        "household_id": household_id,
        "area_path": DOOR,
        "kind": kind,
        "reason": "doctors_order",
        "starts_on": TODAY,
        "ends_on": TODAY + timedelta(days=14),
        "keeper_id": "keeper-01",
    }
    return isolation.CaseOpened(**facts | more)


def planned(household_id: str, **more: Any) -> isolation.CasePlanned:
    """Return the event of a case that has not begun."""
    facts = open_case(household_id, **more).model_dump() | {"state": isolation.CaseState.PLANNED}
    return isolation.CasePlanned(**facts)


def moved(case: isolation.CaseOpened, household_id: str, area_path: str) -> isolation.CaseHandoverStarted:
    """Return the event that the person lives in another community, which has not accepted the case."""
    handover = {"to_area_path": area_path, "to_household_id": household_id, "since": "2026-02-11T01:00:00Z"}
    return isolation.CaseHandoverStarted(**case.model_dump() | {"handover": handover})


def released(case: isolation.CaseOpened) -> isolation.CaseReleased:
    """Return the event of its release."""
    return isolation.CaseReleased.of(case, approved_by="office-liu", notice_id=new_id())


def cancelled(case: isolation.CaseOpened) -> isolation.CaseCancelled:
    """Return the event of its cancellation."""
    return isolation.CaseCancelled(**case.model_dump())


def resident(
    household_id: str, *categories: str, resident_id: str = "", area_path: str = DOOR, keeper_id: str | None = None
) -> registration.ResidentRegistered:
    """Return the event of a resident who is registered there."""
    return registration.ResidentRegistered(
        resident_id=resident_id or new_id(),
        household_id=household_id,
        area_path=area_path,
        categories=categories,
        keeper_id=keeper_id,
    )
