"""Supply over HTTP."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from fastapi import Depends

from services.supply import schemas
from services.supply.domain.deliveries import Delivery, Failure, Line
from services.supply.domain.goods import ITEMS, Depot, Receipt
from services.supply.store import BY_ID, Chosen
from services.supply.usecases import Deps, deliveries, depots, needs
from shared.envelope.open_enum import KNOWN
from shared.events.supply import DeliveryKind, DeliveryState, Source
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Read, Reading
from shared.web.ids import Id, MaybeCode, MaybeId, MaybePath, MaybeSubject
from shared.web.pages import Changes, Listed, Listing, Page, listed
from shared.web.times import Day

DELIVERY, DONORS = "delivery", "donors"  # the kind of readings: who lives at which door, and who is isolated there
# the usual purposes
BRINGING, OVERVIEW, STOCK = "bringing goods to a household", "overview of the area", "stock of a depot"

router = http.api_router("supply", about="Goods: depots and their stock, needs of households, deliveries to doors.")
Uses = Annotated[Deps, Depends(http.deps)]
AnyCaller = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*sorted(deliveries.STAFF)))]
StaffOrResident = Annotated[Principal, Depends(allow(*sorted(deliveries.STAFF), Role.RESIDENT))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Assigner = Annotated[Principal, Depends(allow(Role.CITY, Role.GRID_WORKER, Role.COMMUNITY))]
Carrier = Annotated[Principal, Depends(allow(Role.GRID_WORKER, Role.VOLUNTEER, Role.COMMUNITY))]


@router.get("/items")
async def list_items(_: AnyCaller, listing: Listed) -> Page[schemas.ItemView]:
    """List the kinds of goods with their names and units, a page at a time."""
    codes = sorted(code for code in ITEMS if code > listing.after)[: listing.limit]
    following = codes[-1] if len(codes) == listing.limit else None
    return listing.page((schemas.ItemView(item=code, **asdict(ITEMS[code])) for code in codes), following)


@router.put("/depots")
async def define_depot(body: schemas.DepotBody, deps: Uses, caller: Office) -> schemas.DepotView:
    """Define a depot or change it (R4.3)."""
    return schemas.DepotView.model_validate(await depots.define(deps, caller, Depot(**body.model_dump())))


@router.get("/depots")
async def list_depots(
    deps: Uses, caller: Staff, listing: Annotated[Listing, listed(searched="name")]
) -> Page[schemas.DepotView]:
    """List the depots in the caller's area, a page at a time."""
    page = await deps.store.depots_page(caller.area, listing.q, listing.after, listing.limit)
    following = page[-1].depot_id if len(page) == listing.limit else None
    return listing.page(map(schemas.DepotView.model_validate, page), following)


@router.get("/stock")
async def list_stock(
    deps: Uses, caller: Staff, listing: Listed, depot_id: MaybeCode = "", item: MaybeCode = ""
) -> Page[schemas.StockView]:
    """List what the depots in the caller's area have, a page at a time (R4.3)."""
    page = await deps.store.stock_page(caller.area, depot_id, item, listing.after, listing.limit)
    following = page[-1].stock_id if len(page) == listing.limit else None
    return listing.page(map(schemas.StockView.model_validate, page), following)


@router.post("/stock/receipts", status_code=201)
async def receive_goods(
    body: schemas.ReceiptBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> schemas.ReceiptView:
    """Take in goods that were bought or donated (R4.3)."""
    receipt = await depots.receive(deps, caller, Receipt(**body.model_dump()))
    await disclosures.record_list(caller, DONORS, receipt.area_path, purpose.usual(STOCK))
    return schemas.ReceiptView.model_validate(receipt)


@router.get("/stock/receipts")
async def list_receipts(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    source: Source | None = None,
) -> Page[schemas.ReceiptView]:
    """List what came in in the caller's area; with `source=donation` it is the list of donors (R4.3)."""
    page = await deps.store.receipts_page(caller.area, source or "", listing.after, listing.limit)
    await disclosures.record_list(caller, DONORS, caller.area, purpose.usual(STOCK))
    following = page[-1].receipt_id if len(page) == listing.limit else None
    return listing.page(map(schemas.ReceiptView.model_validate, page), following)


@router.post("/needs", status_code=201)
async def state_need(
    body: schemas.NeedBody, deps: Uses, caller: StaffOrResident, disclosures: Disclosing, purpose: Reading
) -> schemas.DeliveryView:
    """State what a household needs, by a resident for the own one or by staff of the area (R4.1)."""
    line = Line(body.item, body.quantity)
    delivery = await needs.state(deps, caller, body.need_id, body.household_id, line)
    return await _answer(delivery, caller, disclosures, purpose)


@router.get("/deliveries")
async def list_deliveries(
    deps: Uses,
    caller: StaffOrResident,
    listing: Annotated[Listing, listed(BY_ID, "due_on", "-due_on", "asked_at", "-asked_at")],
    disclosures: Disclosing,
    purpose: Reading,
    state: Annotated[DeliveryState, KNOWN] | None = None,
    kind: Annotated[DeliveryKind, KNOWN] | None = None,
    household_id: MaybeId = "",
    assigned_to: MaybeSubject = "",
    due_until: Day | None = None,
    within: MaybePath = "",
) -> Page[schemas.DeliveryView]:
    """List the deliveries in the caller's area, to a resident the own household's, a page at a time.

    `assigned_to` names who keeps the household or brings the delivery; `due_until` is the last day, inclusive; `within`
    an area path, by default the caller's own.
    """
    chosen = Chosen(household_id, state or "", kind or "", assigned_to, due_until)
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    asked = (listing.sort, listing.after, listing.limit)
    page, following = await deliveries.page(deps, caller, path, chosen, *asked)
    if household_id or not caller.roles & deliveries.STAFF:
        await _record(page, caller, disclosures, purpose)
    else:
        await disclosures.record_list(caller, DELIVERY, path, purpose.usual(OVERVIEW))
    return listing.page([schemas.delivery_view(one, caller) for one in page], following)


@router.get("/deliveries/counts")
async def count_deliveries(deps: Uses, caller: Staff) -> schemas.DeliveryCounts:
    """How many deliveries of the caller's area are open, due today and late; a volunteer's own alone."""
    return schemas.DeliveryCounts(**(await deliveries.count(deps, caller))._asdict())


@router.get("/deliveries/changes")
async def list_changed_deliveries(
    deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Changes[schemas.DeliveryView]:
    """List the deliveries in the caller's area that have changed since the cursor `after`."""
    now = deps.clock.now()
    page, changed = await deps.store.changed_deliveries(caller.area, listing.after, listing.limit, now)
    await disclosures.record_list(caller, DELIVERY, caller.area, purpose.usual(OVERVIEW))
    seen = [schemas.delivery_view(one, caller) for one in page if deliveries.may_bring(caller, one)]
    return listing.changes(seen, changed.following, changed.more)


@router.get("/deliveries/{delivery_id}")
async def show_delivery(
    delivery_id: Id, deps: Uses, caller: StaffOrResident, disclosures: Disclosing, purpose: Reading
) -> schemas.DeliveryView:
    """Show a delivery."""
    return await _answer(await deliveries.visible(deps, caller, delivery_id), caller, disclosures, purpose)


@router.post("/deliveries/{delivery_id}/handover")
async def hand_over(
    delivery_id: Id,
    body: schemas.HandoverBody,
    deps: Uses,
    caller: Carrier,
    disclosures: Disclosing,
    purpose: Reading,
) -> schemas.DeliveryView:
    """Confirm that the household has its goods (R4.5)."""
    delivery = await deliveries.hand_over(deps, caller, delivery_id, body.left_at)
    return await _answer(delivery, caller, disclosures, purpose)


@router.put("/deliveries/{delivery_id}/carriers")
async def assign_carriers(
    delivery_id: Id,
    body: schemas.CarriersBody,
    deps: Uses,
    caller: Assigner,
    disclosures: Disclosing,
    purpose: Reading,
) -> schemas.DeliveryView:
    """Name the volunteers who bring a delivery: they and the keeper alone see and confirm it (R4.5)."""
    delivery = await deliveries.assign(deps, caller, delivery_id, body.person_ids)
    return await _answer(delivery, caller, disclosures, purpose)


@router.post("/deliveries/{delivery_id}/failure")
async def report_failure(
    delivery_id: Id,
    body: schemas.FailureBody,
    deps: Uses,
    caller: Carrier,
    disclosures: Disclosing,
    purpose: Reading,
) -> schemas.DeliveryView:
    """Report that the goods were not taken, and when it is tried again (R4.5)."""
    failure = Failure(body.reason, body.retry_on, caller.subject, body.note)
    delivery = await deliveries.fail(deps, caller, delivery_id, failure)
    return await _answer(delivery, caller, disclosures, purpose)


@router.post("/deliveries/{delivery_id}/withdrawal")
async def withdraw_delivery(
    delivery_id: Id,
    body: schemas.WithdrawalBody,
    deps: Uses,
    caller: Office,
    disclosures: Disclosing,
    purpose: Reading,
) -> schemas.DeliveryView:
    """Withdraw a delivery that was not handed over; its goods are free for others."""
    delivery = await deliveries.withdraw(deps, caller, delivery_id, body.note)
    return await _answer(delivery, caller, disclosures, purpose)


async def _answer(
    delivery: Delivery, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> schemas.DeliveryView:
    """Return a delivery, with the door and the residents whom it is for, and record the reading."""
    await _record([delivery], caller, disclosures, purpose)
    return schemas.delivery_view(delivery, caller)


async def _record(page: Iterable[Delivery], caller: Principal, disclosures: Disclosures, purpose: Purpose) -> None:
    """Record the reading of each resident; a resident's reading of a delivery that is for them too is their own."""
    others = (delivery for delivery in page if caller.subject not in delivery.resident_ids)
    read = [Read(resident_id, delivery.area_path) for delivery in others for resident_id in delivery.resident_ids]
    await disclosures.record_all(caller, DELIVERY, read, purpose.usual(BRINGING))
