"""What supply answers about deliveries, depots and stock."""

from datetime import date, datetime

from pydantic import BaseModel

OPEN = ("waiting", "planned")  # states of a delivery that is still to come


class Item(BaseModel):
    """A kind of goods: its names, what one unit of it is, and below how many free units it runs low."""

    item: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    low_at: int

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return self.zh if language == "zh" else self.en

    def unit(self, language: str) -> str:
        """Return the unit in a language."""
        return self.unit_zh if language == "zh" else self.unit_en


class Line(BaseModel):
    """An item and how many units of it."""

    item: str
    quantity: int


class Allotment(Line):
    """What a depot keeps for a delivery."""

    depot_id: str


class Failure(BaseModel):
    """A hand-over that failed, and when it is tried again."""

    reason: str
    retry_on: date
    reported_by: str
    note: str | None = None


class Step(BaseModel):
    """What happened to a delivery, when, and by whom; `by` is empty where no person did it."""

    what: str
    at: datetime
    by: str


class Delivery(BaseModel):
    """A delivery."""

    delivery_id: str
    kind: str
    state: str
    household_id: str
    area_path: str
    resident_ids: list[str]
    keeper_id: str | None
    carrier_ids: list[str]
    asked_at: datetime
    due_on: date
    lines: list[Line]
    allotted: list[Allotment]
    lacks: list[Line]
    failures: list[Failure]
    handed_over_at: datetime | None
    confirmed_by: str | None
    left_at: str | None
    cancelled_by: str | None
    cancel_note: str | None
    steps: list[Step] = []

    @property
    def is_open(self) -> bool:
        """Whether the goods are still to come."""
        return self.state in OPEN

    def is_late(self, today: date) -> bool:
        """Whether it was due before today and can be brought."""
        return self.state == "planned" and self.due_on < today

    def is_due(self, today: date) -> bool:
        """Whether it is due today and can be brought."""
        return self.state == "planned" and self.due_on == today


class DeliveryCounts(BaseModel):
    """How many deliveries are open, by what they need."""

    waiting: int
    planned: int
    due: int
    late: int
    without_carrier: int


class Depot(BaseModel):
    """A depot for all doors within `area_path`."""

    depot_id: str
    name: str
    area_path: str


class Stock(BaseModel):
    """What a depot has of an item: on hand, promised and free."""

    depot_id: str
    item: str
    on_hand: int
    reserved: int
    free: int


class Receipt(BaseModel):
    """Goods that came in."""

    receipt_id: str
