"""What supply publishes: needs, stock and deliveries."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.envelope import Event

NEEDS = "supply.needs.v1"
STOCK = "supply.stock.v1"
DELIVERIES = "supply.deliveries.v1"


class DeliveryKind(StrEnum):
    """Why goods are brought (R4.2)."""

    ISOLATION_KIT = "isolation_kit"
    WEEKLY_CARE = "weekly_care"
    NEED = "need"


class _Need(Event):
    need_id: str
    household_id: str
    area_path: str
    item: str
    quantity: int


class NeedStated(_Need, topic=NEEDS, key="need_id"):
    """A household needs `quantity` of an item (R4.1)."""


class NeedMet(_Need, topic=NEEDS, key="need_id"):
    """The goods were handed over."""


class _Stock(Event):
    """`stock_id` is item and depot; `on_hand` and `reserved` are what the change left, in the item's own unit."""

    stock_id: str
    depot_id: str
    item: str
    quantity: int
    on_hand: int
    reserved: int


class StockReceived(_Stock, topic=STOCK, key="stock_id"):
    """Goods came in."""


class StockReserved(_Stock, topic=STOCK, key="stock_id"):
    """Goods were promised to a delivery."""

    delivery_id: str


class StockReleased(_Stock, topic=STOCK, key="stock_id"):
    """A promise was withdrawn."""

    delivery_id: str


class StockIssued(_Stock, topic=STOCK, key="stock_id"):
    """Goods left the depot for a household."""

    delivery_id: str


class StockLow(_Stock, topic=STOCK, key="stock_id"):
    """What is free fell below what was asked for or below the item's threshold."""


class DeliveryLine(BaseModel):
    """An item and how much of it, in the item's own unit."""

    model_config = ConfigDict(frozen=True)

    item: str
    quantity: int


class _Delivery(Event):
    delivery_id: str
    kind: DeliveryKind
    household_id: str
    area_path: str
    resident_ids: tuple[str, ...] = ()
    keeper_id: str | None = None
    case_id: str | None = None
    due_on: date
    lines: tuple[DeliveryLine, ...]


class DeliveryPlanned(_Delivery, topic=DELIVERIES, key="delivery_id"):
    """Goods are reserved for a household."""


class DeliveryHandedOver(_Delivery, topic=DELIVERIES, key="delivery_id"):
    """The household has the goods (R4.5)."""

    handed_over_at: datetime
    confirmed_by: str


class DeliveryFailed(_Delivery, topic=DELIVERIES, key="delivery_id"):
    """Nobody took the goods; it is tried again on `due_on`."""

    failure: str
