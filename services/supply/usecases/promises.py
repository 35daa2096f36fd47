"""Promising goods: nothing twice, nothing below zero, first come, first served (R4.4).

A delivery takes what is free at the depots that serve its door and waits for the rest; what becomes free goes to the
deliveries that wait, at once. Both write the stock, so two at the same moment meet a conflict.
"""

import logging
from dataclasses import replace

from services.supply.domain import deliveries, goods
from services.supply.domain.deliveries import Allotment, Delivery
from services.supply.domain.goods import Level, Stock
from services.supply.usecases import Deps
from shared.base.errors import NotFound
from shared.base.ids import new_id
from shared.events import supply as events
from shared.events.supply import DeliveryState
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

OFFER_DUE = "supply.offer"
OFFERED_AT_ONCE = 100

logger = logging.getLogger(__name__)


async def promise(deps: Deps, delivery: Delivery, work: UnitOfWork) -> Delivery:
    """Promise a new delivery what is free, from the nearest depot upward; it waits for what is lacking."""
    depots = await deps.store.depots_above(delivery.area_path, work)
    if not depots:
        logger.warning("no depot serves a door: define one", extra={"delivery_id": delivery.delivery_id})
    for depot in depots:
        for item in deliveries.lacking(delivery):
            stock = await deps.store.stock_at(depot, item, work)
            _, delivery = await _take(deps, stock, delivery, work)
    await deps.store.deliveries.put(delivery, work)
    return delivery


async def offer(deps: Deps, stock: Stock, work: UnitOfWork) -> None:
    """Give what is free to the deliveries that wait for it, in the order they were asked for."""
    waiting = await deps.store.waiting(stock, OFFERED_AT_ONCE, work) if stock.free else []
    for delivery in waiting:
        if stock.free:
            stock, served = await _take(deps, stock, delivery, work)
            await deps.store.deliveries.put(served, work)
    if stock.free and len(waiting) == OFFERED_AT_ONCE:  # the rest in a transaction of its own
        goods_at = {"depot_id": stock.depot_id, "item": stock.item}
        await deps.deadlines.schedule(work, OFFER_DUE, stock.stock_id, deps.clock.now(), key=new_id(), **goods_at)


@retry_conflicts
async def offer_rest(deps: Deps, deadline: Deadline) -> None:
    """Go on giving what is free to the deliveries that wait."""
    async with deps.turn, deps.unit_of_work(deadline) as work:
        await offer(deps, await _stock(deps, deadline.payload["depot_id"], deadline.payload["item"], work), work)


async def _take(deps: Deps, stock: Stock, delivery: Delivery, work: UnitOfWork) -> tuple[Stock, Delivery]:
    wanted = deliveries.lacking(delivery)[stock.item]
    after, taken = goods.reserve(stock, wanted)
    await deps.store.stock.put(after, work)
    if after.level > stock.level:
        short = wanted - taken if after.level is Level.SHORT else 0
        work.emit(events.StockLow.of(after, quantity=goods.missing(after, short)))
    if not taken:
        return after, delivery
    work.emit(events.StockReserved.of(after, quantity=taken, delivery_id=delivery.delivery_id))
    delivery = deliveries.allot(delivery, Allotment(stock.depot_id, stock.item, taken), deps.today)
    if delivery.state is DeliveryState.PLANNED:
        work.emit(events.DeliveryPlanned.of(delivery))
    return after, delivery


async def give_back(deps: Deps, delivery: Delivery, work: UnitOfWork) -> None:
    """Withdraw what was promised to a delivery that is stored as cancelled, and offer it to deliveries that wait."""
    for allotment in delivery.allotted:
        before = await _stock(deps, allotment.depot_id, allotment.item, work)
        stock = goods.release(before, allotment.quantity)
        await deps.store.stock.put(stock, work)
        work.emit(events.StockReleased.of(stock, quantity=allotment.quantity, delivery_id=delivery.delivery_id))
        await offer(deps, stock, work)


async def transfer(deps: Deps, before: Delivery, delivery: Delivery, work: UnitOfWork) -> tuple[Delivery, Delivery]:
    """Let a delivery have what is promised to another at depots that serve its door too; return both after that.

    It takes nothing from a delivery that waits: what was promised stays promised.
    """
    depots = {depot.depot_id for depot in await deps.store.depots_above(delivery.area_path, work)}
    stays = []
    for allotment in before.allotted:
        if allotment.depot_id not in depots:
            stays.append(allotment)
            continue
        held = await _stock(deps, allotment.depot_id, allotment.item, work)
        free = goods.release(held, allotment.quantity)
        work.emit(events.StockReleased.of(free, quantity=allotment.quantity, delivery_id=before.delivery_id))
        work.emit(events.StockReserved.of(held, quantity=allotment.quantity, delivery_id=delivery.delivery_id))
        await deps.store.stock.put(held, work)  # meets others that promise the same goods
        delivery = deliveries.allot(delivery, allotment, deps.today)
        if delivery.state is DeliveryState.PLANNED:
            work.emit(events.DeliveryPlanned.of(delivery))
    return replace(before, allotted=tuple(stays)), delivery


async def issue(deps: Deps, delivery: Delivery, work: UnitOfWork) -> None:
    """Let what was promised to a delivery leave its depots."""
    for allotment in delivery.allotted:
        before = await _stock(deps, allotment.depot_id, allotment.item, work)
        stock = goods.issue(before, allotment.quantity)
        await deps.store.stock.put(stock, work)
        work.emit(events.StockIssued.of(stock, quantity=allotment.quantity, delivery_id=delivery.delivery_id))


async def _stock(deps: Deps, depot_id: str, item: str, work: UnitOfWork) -> Stock:
    depot = await deps.store.depots.get(depot_id, work)
    if depot is None:
        raise NotFound("supply.no_such_depot", f"There is no depot {depot_id}: it was removed from the store by hand")
    return await deps.store.stock_at(depot, item, work)
