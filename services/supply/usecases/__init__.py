"""Supply's use cases, by what they are about."""

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any

from services.supply.domain.deliveries import Delivery
from services.supply.domain.goods import Stock
from services.supply.store import Store
from shared.replicas.residents import ResidentReplica
from shared.store.deps import ServiceDeps


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What supply's use cases work with."""

    store: Store
    residents: ResidentReplica
    # Work on stock takes turns within a process, for it would meet at the same rows: only what other processes do at
    # the same moment is met as a conflict in the store, and tried again.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


_TOLD_OF_DELIVERY = (
    "delivery_id",
    "kind",
    "household_id",
    "area_path",
    "resident_ids",
    "keeper_id",
    "case_ids",
    "need_id",
    "due_on",
    "lines",
)


def told(delivery: Delivery) -> dict[str, Any]:
    """Return the facts that every event of a delivery carries."""
    facts = asdict(delivery)
    return {name: facts[name] for name in _TOLD_OF_DELIVERY} | {"case_id": next(iter(delivery.case_ids), None)}


def told_of_need(delivery: Delivery) -> dict[str, Any]:
    """Return the facts that every event of the need behind a delivery carries."""
    (line,) = delivery.lines
    place = {"household_id": delivery.household_id, "area_path": delivery.area_path}
    return place | {"need_id": delivery.need_id, "item": line.item, "quantity": line.quantity}


def told_of_stock(stock: Stock, quantity: int) -> dict[str, Any]:
    """Return the facts that every event of stock carries; `quantity` is what the event is about."""
    facts = {"stock_id": stock.stock_id, "depot_id": stock.depot_id, "item": stock.item, "area_path": stock.area_path}
    return facts | {"quantity": quantity, "on_hand": stock.on_hand, "reserved": stock.reserved}
