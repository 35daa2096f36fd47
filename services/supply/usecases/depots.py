"""Depots, and the goods that come in (R4.3)."""

from services.supply.domain import goods
from services.supply.domain.goods import Depot, Receipt
from services.supply.store import receipt_document
from services.supply.usecases import Deps, told_of_stock
from services.supply.usecases.promises import offer
from shared.base.errors import Conflict, Forbidden, NotFound
from shared.events import supply as events
from shared.store.mongo import Document
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def define(deps: Deps, caller: Principal, depot: Depot) -> Depot:
    """Define a depot or change it; the same again changes nothing. What is free there goes to whom it serves now."""
    caller.require_area(depot.area_path, f"the place {depot.area_path}")
    async with deps.turn, deps.unit_of_work() as work:
        old = await deps.store.depot(depot.depot_id, work)
        if old and not caller.sees(old.area_path):
            text = f"The depot {depot.depot_id} lies in another area: use another id"
            raise Forbidden("supply.depot_elsewhere", text)
        if depot != old:
            await deps.store.put_depot(depot, work)
            for stock in await deps.store.stock_of(depot.depot_id, work):
                await offer(deps, stock, work)
    return depot


@retry_conflicts
async def receive(deps: Deps, caller: Principal, receipt: Receipt) -> Document:
    """Take goods in and give them to those who wait; the same `receipt_id` again gives the same answer (R4.3)."""
    async with deps.turn, deps.unit_of_work() as work:
        depot = await deps.store.depot(receipt.depot_id, work)
        if depot is None or not caller.sees(depot.area_path):
            raise NotFound("supply.no_such_depot", f"The depot {receipt.depot_id} was not found in your area")
        stated = receipt_document(receipt)
        if known := await deps.store.receipt(receipt.receipt_id, work):
            if any(known[name] != value for name, value in stated.items()):
                raise Conflict("supply.receipt_taken", "That receipt_id is of other goods: make a new one")
            return known
        goods.check_receipt(receipt, deps.today)
        taken_in = stated | {
            "area_path": depot.area_path,
            "received_by": caller.subject,
            "received_at": deps.clock.now(),
        }
        await deps.store.add_receipt(taken_in, work)
        stock = goods.receive(await deps.store.stock(depot, receipt.item, work), receipt.quantity)
        await deps.store.put_stock(stock, work)
        about = told_of_stock(stock, receipt.quantity)
        work.emit(events.StockReceived(**about, receipt_id=receipt.receipt_id, source=receipt.source))
        await offer(deps, stock, work)
    return taken_in
