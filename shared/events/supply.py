"""What supply publishes: needs, stock and deliveries."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.log_head import LogHead
from shared.envelope.open_enum import OpenEnum

NEEDS = "supply.needs.v1"
STOCK = "supply.stock.v1"
DELIVERIES = "supply.deliveries.v1"
LOG_HEADS = "supply.log-heads.v1"


class DeliveryKind(OpenEnum):
    """Why goods are brought (R4.2)."""

    ISOLATION_KIT = "isolation_kit"
    WEEKLY_CARE = "weekly_care"
    NEED = "need"
    ZONE_SUPPLY = "zone_supply"


class DeliveryState(OpenEnum):
    """Where a delivery stands."""

    WAITING = "waiting"  # for goods that are short
    PLANNED = "planned"  # every line is reserved
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"


class NeedState(OpenEnum):
    """Where a need stands."""

    OPEN = "open"
    MET = "met"
    REFUSED = "refused"


class Source(StrEnum):
    """How goods came in (R4.3)."""

    PURCHASE = "purchase"
    DONATION = "donation"


class FailureReason(StrEnum):
    """Why goods could not be handed over (R4.5)."""

    NOBODY_HOME = "nobody_home"
    REFUSED = "refused"
    NO_ACCESS = "no_access"
    OTHER = "other"


class CancelReason(StrEnum):
    """Why goods are no longer brought."""

    ISOLATION_ENDED = "isolation_ended"
    CARE_ENDED = "care_ended"
    WITHDRAWN = "withdrawn"


class NeedEvent(Event, topic=NEEDS, key="need_id", compacted=True, base=True):
    """The public state of a need."""

    need_id: str
    household_id: str
    area_path: str
    item: str
    quantity: int
    state: NeedState | None = None


class NeedStated(NeedEvent):
    """A household needs `quantity` of an item (R4.1)."""


class NeedMet(NeedEvent):
    """The goods were handed over."""


class NeedRefused(NeedEvent):
    """The office withdrew what was to be brought for the need."""


class StockEvent(Event, topic=STOCK, key="stock_id", base=True):
    """What every event of stock carries.

    `stock_id` is item and depot; `on_hand` and `reserved` are what the change left, in the item's own unit.

    `area_path` is the depot's: it serves all households within it.
    """

    stock_id: str
    depot_id: str
    item: str
    quantity: int
    on_hand: int
    reserved: int
    area_path: str | None = None


class StockReceived(StockEvent):
    """Goods came in."""

    receipt_id: str | None = None
    source: Source | None = None


class StockReserved(StockEvent):
    """Goods were promised to a delivery."""

    delivery_id: str


class StockReleased(StockEvent):
    """A promise was withdrawn."""

    delivery_id: str


class StockIssued(StockEvent):
    """Goods left the depot for a household."""

    delivery_id: str


class StockLow(StockEvent):
    """What is free fell below what was asked for or below the item's threshold; `quantity` is missing.

    It is published once until goods come in, and once more when a mere threshold becomes a shortage.
    """


class DeliveryLine(BaseModel):
    """An item and how much of it, in the item's own unit."""

    model_config = ConfigDict(frozen=True)

    item: str
    quantity: int


class DeliveryEvent(Event, topic=DELIVERIES, key="delivery_id", compacted=True, base=True):
    """The public state of a delivery.

    `case_id` is the first of `case_ids`: those of the household that the isolation kit is for."""

    delivery_id: str
    kind: DeliveryKind
    household_id: str
    area_path: str
    resident_ids: tuple[str, ...] = ()
    keeper_id: str | None = None
    case_id: str | None = None
    case_ids: tuple[str, ...] = ()
    need_id: str | None = None
    due_on: date
    lines: tuple[DeliveryLine, ...]
    state: DeliveryState | None = None
    handed_over_at: datetime | None = None
    confirmed_by: str | None = None


class DeliveryPlanned(DeliveryEvent):
    """Goods are reserved for a household."""


class DeliveryRelocated(DeliveryEvent):
    """The place of the household has moved: nothing else has changed."""


class DeliveryHandedOver(DeliveryEvent):
    """The household has the goods (R4.5)."""

    handed_over_at: datetime
    confirmed_by: str
    contactless: bool = False


class DeliveryFailed(DeliveryEvent):
    """The goods were not taken; it is tried again on `due_on`. `failure` is a `FailureReason`."""

    failure: str


class DeliveryCancelled(DeliveryEvent):
    """The goods are no longer brought; what was promised is free again."""

    reason: CancelReason


class LogHeadPublished(LogHead, topic=LOG_HEADS, key="day", compacted=True):
    """How far the log of acts had come at the beginning of a day."""
