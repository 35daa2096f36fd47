"""Goods in depots: what is kept, how it comes in, and how it is promised once (R4.3, R4.4)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import IntEnum

from shared.base.errors import Conflict, Invalid
from shared.base.private import SEALED
from shared.events.supply import Source


@dataclass(frozen=True)
class Item:
    """A kind of goods: its names, what one unit of it is, and below how many free units it runs low."""

    zh: str
    en: str
    unit_zh: str
    unit_en: str
    low_at: int = 10


ITEMS = {
    "flour": Item("面粉", "flour", "袋(5公斤)", "bag of 5 kg"),
    "rice": Item("大米", "rice", "袋(5公斤)", "bag of 5 kg"),
    "cooking_oil": Item("食用油", "cooking oil", "瓶", "bottle"),
    "milk": Item("牛奶", "milk", "箱", "case"),
    "vegetables": Item("新鲜蔬菜", "fresh vegetables", "份(5公斤)", "bag of 5 kg"),
    "breakfast": Item("早餐", "breakfast", "份", "portion"),
    "infant_formula": Item("婴幼儿奶粉", "infant formula", "罐", "tin", low_at=3),
    "diapers": Item("婴幼儿纸尿裤", "diapers", "包", "pack", low_at=3),
    "chronic_medicine": Item("慢性病药品", "chronic-disease medicine", "份", "course", low_at=3),
    "masks": Item("口罩", "masks", "包(10只)", "pack of 10"),
    "thermometer": Item("体温计", "thermometer", "支", "piece", low_at=3),
    "disinfectant": Item("消毒液", "disinfectant", "瓶", "bottle"),
}


class Level(IntEnum):
    """How short an item is by the newest event: a rise is published at once, a fall comes with goods."""

    ENOUGH = 0
    LOW = 1
    SHORT = 2


@dataclass(frozen=True)
class Depot:
    """Keeps goods for all households within its area."""

    depot_id: str
    name: str
    area_path: str


@dataclass(frozen=True)
class Receipt:
    """Goods that came in, to a depot of `area_path`. Donors are thanked and listed by the name they gave for that."""

    receipt_id: str
    depot_id: str
    item: str
    quantity: int
    source: Source
    donor: str | None = field(default=None, metadata=SEALED)
    lot: str | None = None
    expires_on: date | None = None
    area_path: str = ""
    received_by: str = ""
    received_at: datetime | None = None


@dataclass(frozen=True)
class Stock:
    """An item at a depot, in the item's unit: never below zero, never promised twice."""

    depot_id: str
    item: str
    area_path: str
    on_hand: int = 0
    reserved: int = 0
    level: Level = Level.ENOUGH

    def __post_init__(self) -> None:
        if not 0 <= self.reserved <= self.on_hand:
            text = f"{self.stock_id} cannot hold {self.on_hand} with {self.reserved} of them promised: count it again"
            raise Conflict("supply.below_zero", text)

    @property
    def stock_id(self) -> str:
        """Depot and item."""
        return f"{self.depot_id}/{self.item}"

    @property
    def free(self) -> int:
        """The units that are not promised."""
        return self.on_hand - self.reserved


def check_item(item: str) -> None:
    """Raise `Invalid` for an unknown item: stock of a misspelt item would be lost."""
    if item not in ITEMS:
        known = ", ".join(sorted(ITEMS))
        raise Invalid("supply.unknown_item", f"The item {item} is unknown: use one of {known}", known=known)


def same_goods(one: Receipt, other: Receipt) -> bool:
    """Whether two receipts under one id are the same, whenever and by whom they were taken in."""
    taken_in = replace(one, area_path=other.area_path, received_by=other.received_by, received_at=other.received_at)
    return taken_in == other


def check_receipt(receipt: Receipt, today: date) -> None:
    """Raise `Invalid` when goods cannot be meant to come in like that."""
    check_item(receipt.item)
    if receipt.donor and receipt.source is not Source.DONATION:
        raise Invalid("supply.donor_of_purchase", "Only a donation has a donor: leave 'donor' out or correct 'source'")
    if receipt.expires_on and receipt.expires_on < today:
        text = f"The goods expired on {receipt.expires_on}: do not take them in, or correct 'expires_on'"
        raise Invalid("supply.expired", text, expires_on=receipt.expires_on.isoformat())


def receive(stock: Stock, quantity: int) -> Stock:
    """Take goods in; a later shortage is published again."""
    after = replace(stock, on_hand=stock.on_hand + quantity)
    return replace(after, level=_level(after, 0))


def reserve(stock: Stock, wanted: int) -> tuple[Stock, int]:
    """Promise as much of `wanted` as is free; return the stock after that, and how much it was."""
    taken = min(wanted, stock.free)
    after = replace(stock, reserved=stock.reserved + taken)
    return replace(after, level=max(stock.level, _level(after, wanted - taken))), taken


def release(stock: Stock, quantity: int) -> Stock:
    """Withdraw a promise."""
    return replace(stock, reserved=stock.reserved - quantity)


def issue(stock: Stock, quantity: int) -> Stock:
    """Let promised goods leave the depot."""
    return replace(stock, reserved=stock.reserved - quantity, on_hand=stock.on_hand - quantity)


def missing(stock: Stock, lacking: int) -> int:
    """Return how many units are missing: those asked for and not in stock, else those up to the item's threshold."""
    return lacking or max(0, ITEMS[stock.item].low_at - stock.free)


def _level(stock: Stock, lacking: int) -> Level:
    if lacking:
        return Level.SHORT
    return Level.LOW if stock.free < ITEMS[stock.item].low_at else Level.ENOUGH
