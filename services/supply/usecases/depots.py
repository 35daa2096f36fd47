"""Depots, and the goods that come in (R4.3)."""

from dataclasses import replace

from services.supply.domain import goods
from services.supply.domain.goods import Depot, Receipt
from services.supply.usecases import Deps
from services.supply.usecases.promises import offer
from shared.base.errors import Conflict, Forbidden, NotFound
from shared.events import supply as events
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def define(deps: Deps, caller: Principal, depot: Depot) -> Depot:
    """Define a depot or change it; the same again changes nothing. Deliveries that it serves now get what is free."""
    caller.require_area(depot.area_path, f"the place {depot.area_path}")
    async with deps.turn, deps.unit_of_work() as work:
        old = await deps.store.depots.get(depot.depot_id, work)
        if old and not caller.sees(old.area_path):
            text = f"The depot {depot.depot_id} lies in another area: use another id"
            raise Forbidden("supply.depot_elsewhere", text)
        if depot != old:
            await deps.store.put_depot(depot, work)
            for stock in await deps.store.stock_of(depot.depot_id, work):
                await offer(deps, stock, work)
    return depot


@retry_conflicts
async def receive(deps: Deps, caller: Principal, receipt: Receipt) -> Receipt:
    """Take goods in and give them to deliveries that wait; the same `receipt_id` again gives the same answer (R4.3)."""
    async with deps.turn, deps.unit_of_work() as work:
        depot = await deps.store.depots.get(receipt.depot_id, work)
        if depot is None or not caller.sees(depot.area_path):
            raise NotFound("supply.no_such_depot", f"The depot {receipt.depot_id} was not found in your area")
        if known := await deps.store.receipts.get(receipt.receipt_id, work):
            if not goods.same_goods(receipt, known):
                raise Conflict("supply.receipt_taken", "That receipt_id is of other goods: make a new one")
            return known
        goods.check_receipt(receipt, deps.today)
        now = deps.clock.now()
        taken_in = replace(receipt, area_path=depot.area_path, received_by=caller.subject, received_at=now)
        await deps.store.receipts.insert([taken_in], work)
        stock = goods.receive(await deps.store.stock_at(depot, receipt.item, work), receipt.quantity)
        await deps.store.stock.put(stock, work)
        work.emit(
            events.StockReceived.of(
                stock, quantity=receipt.quantity, receipt_id=receipt.receipt_id, source=receipt.source
            )
        )
        await offer(deps, stock, work)
    return taken_in
