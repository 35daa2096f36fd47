"""Colours by hand over HTTP."""

from services.registration.domain.orders import Part, State, is_mighty
from services.registration.routes.callers import Officer, Uses, listed_area
from services.registration.schemas.orders import LiftBody, OrderBody, OrderItem, OrderView, RejectionBody
from services.registration.usecases import Deps, orders
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page
from shared.web.step_up import Fresh, FreshSignIn

ORDER, PURPOSE = "colour_order", "decision of colour orders"

router = api_router("colour orders", about="Colours by hand, which a second person approves.")


@router.post("/colour-orders", status_code=201)
async def propose_order(
    body: OrderBody, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading, fresh: Fresh
) -> OrderView:
    """Propose a colour by hand; red, and every order for several residents, waits for a second person (R1.9).

    Red, and every order for several residents, takes a fresh sign-in by a second factor.
    """
    if is_mighty(body.colour, len(body.resident_ids)):
        fresh.require()
    order = await orders.propose(deps, caller, body.order_id, body.colour, body.reason, body.until, body.resident_ids)
    return await _view(deps, caller, order.order_id, disclosures, purpose)


@router.get("/colour-orders")
async def list_orders(
    deps: Uses,
    caller: Officer,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    state: State | None = None,
    within: MaybePath = "",
) -> Page[OrderItem]:
    """List the orders within an area path, by default the caller's own, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.orders.page(path, state, listing.after, listing.limit)
    await disclosures.record_list(caller, ORDER, path, purpose.usual(PURPOSE))
    return listing.page(map(OrderItem.of, stored), following)


@router.get("/colour-orders/{order_id}")
async def show_order(order_id: Id, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading) -> OrderView:
    """Show an order: who, why, how far it is carried out, and which residents do not live in its area."""
    return await _view(deps, caller, order_id, disclosures, purpose)


@router.post("/colour-orders/{order_id}/approve")
async def approve_order(
    order_id: Id, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading, fresh: Fresh
) -> OrderView:
    """Approve an order that another officer proposed; red and mass orders by a fresh sign-in with a second factor."""
    await _require_fresh(deps, caller, order_id, fresh)
    await orders.approve(deps, caller, order_id)
    return await _view(deps, caller, order_id, disclosures, purpose)


@router.post("/colour-orders/{order_id}/reject")
async def reject_order(
    order_id: Id, body: RejectionBody, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> OrderView:
    """Refuse a proposed order, or withdraw one's own."""
    await orders.reject(deps, caller, order_id, body.reason)
    return await _view(deps, caller, order_id, disclosures, purpose)


@router.post("/colour-orders/{order_id}/lift", status_code=201)
async def lift_order(
    order_id: Id, body: LiftBody, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading, fresh: Fresh
) -> OrderView:
    """Propose to end an order before its time; it takes as many people, and as fresh a sign-in, as that one did."""
    await _require_fresh(deps, caller, order_id, fresh)
    lifting = await orders.propose_lift(deps, caller, order_id, body.order_id, body.reason)
    return await _view(deps, caller, lifting.order_id, disclosures, purpose)


async def _require_fresh(deps: Deps, caller: Principal, order_id: str, fresh: FreshSignIn) -> None:
    order = await orders.visible(deps, caller, order_id)
    if is_mighty(order.colour, order.size):
        fresh.require()


async def _view(deps: Deps, caller: Principal, order_id: str, disclosures: Disclosures, purpose: Purpose) -> OrderView:
    """Return an order, which names residents who were not found, and record the reading."""
    order, parts = await orders.show(deps, caller, order_id)
    await disclosures.record_list(caller, ORDER, order.area_path, purpose.usual(PURPOSE))
    return OrderView.of(
        order,
        applied=sum(_turned(part) for part in parts),
        waiting=sum(_waits(part) for part in parts),
        not_found=[one for part in parts for one in part.not_found],
    )


def _turned(part: Part) -> int:
    return len(part.resident_ids) - len(part.not_found) if part.applied_at else 0


def _waits(part: Part) -> int:
    return len(part.resident_ids) - len(part.not_found) if part.applied_at is None and part.lifted_at is None else 0
