"""Supply over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, Query

from services.supply import schemas
from services.supply.domain.deliveries import Delivery, Failure, Line, State, lacking
from services.supply.domain.goods import ITEMS, Depot, Receipt, Stock
from services.supply.usecases import Deps, deliveries, depots, needs
from shared.envelope.open_enum import KNOWN
from shared.events.supply import DeliveryKind, Source
from shared.store.mongo import Document
from shared.web import http
from shared.web.access import Principal, Role, allow

PAGE = 200

router = http.api_router("supply")
Uses = Annotated[Deps, Depends(http.deps)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Anyone = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*sorted(deliveries.STAFF)))]
StaffOrResident = Annotated[Principal, Depends(allow(*sorted(deliveries.STAFF), Role.RESIDENT))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Carrier = Annotated[Principal, Depends(allow(Role.GRID_WORKER, Role.VOLUNTEER, Role.COMMUNITY))]


@router.get("/items")
async def list_items(_: Anyone) -> list[schemas.ItemView]:
    """List the kinds of goods with their names and units."""
    return [schemas.ItemView(item=code, **asdict(item)) for code, item in ITEMS.items()]


@router.put("/depots")
async def define_depot(body: schemas.DepotBody, deps: Uses, caller: Office) -> schemas.DepotView:
    """Define a depot or change it (R4.3)."""
    return _depot(await depots.define(deps, caller, Depot(**body.model_dump())))


@router.get("/depots")
async def list_depots(deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE) -> schemas.DepotPage:
    """List the depots in the caller's area, a page at a time."""
    found = await deps.store.depots_page(caller.area, after, limit)
    following = found[-1].depot_id if len(found) == limit else None
    return schemas.DepotPage(items=[_depot(depot) for depot in found], next=following)


@router.get("/stock")
async def list_stock(
    deps: Uses, caller: Staff, depot_id: str = "", item: str = "", after: str = "", limit: Limit = PAGE
) -> schemas.StockPage:
    """List what the depots in the caller's area have, a page at a time (R4.3)."""
    found = await deps.store.stock_page(caller.area, depot_id, item, after, limit)
    following = found[-1].stock_id if len(found) == limit else None
    return schemas.StockPage(items=[_stock(stock) for stock in found], next=following)


@router.post("/stock/receipts", status_code=201)
async def receive(body: schemas.ReceiptBody, deps: Uses, caller: Office) -> schemas.ReceiptView:
    """Take in goods that were bought or donated (R4.3)."""
    return _receipt(await depots.receive(deps, caller, Receipt(**body.model_dump())))


@router.get("/stock/receipts")
async def list_receipts(
    deps: Uses, caller: Staff, source: Source | None = None, after: str = "", limit: Limit = PAGE
) -> schemas.ReceiptPage:
    """List what came in in the caller's area; with `source=donation` it is the list of donors (R4.3)."""
    found = await deps.store.receipts_page(caller.area, source or "", after, limit)
    following = found[-1]["_id"] if len(found) == limit else None
    return schemas.ReceiptPage(items=[_receipt(row) for row in found], next=following)


@router.post("/needs", status_code=201)
async def state_need(body: schemas.NeedBody, deps: Uses, caller: StaffOrResident) -> schemas.DeliveryView:
    """State what a household needs, by a resident for the own one or by staff of the area (R4.1)."""
    line = Line(body.item, body.quantity)
    return _delivery(await needs.state(deps, caller, body.need_id, body.household_id, line))


@router.get("/deliveries")
async def list_deliveries(
    deps: Uses,
    caller: StaffOrResident,
    state: State | None = None,
    kind: Annotated[DeliveryKind, KNOWN] | None = None,
    household_id: str = "",
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.DeliveryPage:
    """List the deliveries in the caller's area, to a resident the own household's, a page at a time."""
    found = await deliveries.listed(deps, caller, household_id, state or "", kind or "", after, limit)
    following = found[-1].delivery_id if len(found) == limit else None
    return schemas.DeliveryPage(items=[_delivery(delivery) for delivery in found], next=following)


@router.get("/deliveries/{delivery_id}")
async def show_delivery(delivery_id: str, deps: Uses, caller: StaffOrResident) -> schemas.DeliveryView:
    """Show a delivery."""
    return _delivery(await deliveries.visible(deps, caller, delivery_id))


@router.post("/deliveries/{delivery_id}/handover")
async def hand_over(delivery_id: str, body: schemas.HandoverBody, deps: Uses, caller: Carrier) -> schemas.DeliveryView:
    """Confirm that the household has its goods (R4.5)."""
    return _delivery(await deliveries.hand_over(deps, caller, delivery_id, body.left_at))


@router.post("/deliveries/{delivery_id}/failure")
async def fail(delivery_id: str, body: schemas.FailureBody, deps: Uses, caller: Carrier) -> schemas.DeliveryView:
    """Report that nobody took the goods, and when it is tried again (R4.5)."""
    failure = Failure(body.reason, body.retry_on, caller.subject, body.note)
    return _delivery(await deliveries.fail(deps, caller, delivery_id, failure))


@router.post("/deliveries/{delivery_id}/withdrawal")
async def withdraw(delivery_id: str, body: schemas.WithdrawalBody, deps: Uses, caller: Office) -> schemas.DeliveryView:
    """Withdraw a delivery that was not handed over; its goods are free for others."""
    return _delivery(await deliveries.withdraw(deps, caller, delivery_id, body.note))


def _depot(depot: Depot) -> schemas.DepotView:
    return schemas.DepotView.model_validate(asdict(depot))


def _stock(stock: Stock) -> schemas.StockView:
    return schemas.StockView.model_validate(asdict(stock) | {"stock_id": stock.stock_id, "free": stock.free})


def _receipt(row: Document) -> schemas.ReceiptView:
    return schemas.ReceiptView.model_validate(row | {"receipt_id": row["_id"]})


def _delivery(delivery: Delivery) -> schemas.DeliveryView:
    waiting = delivery.state is State.WAITING
    lacks = [Line(item, n) for item, n in lacking(delivery).items()] if waiting else []
    return schemas.DeliveryView.model_validate(asdict(delivery) | {"lacks": [asdict(line) for line in lacks]})
