"""Bodies of supply's HTTP interface."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.supply.domain.deliveries import Delivery
from shared.base import normal_form
from shared.events.supply import DeliveryKind, DeliveryState, FailureReason, Source
from shared.web.access import Principal
from shared.web.ids import Code, Id, Path, PersonId
from shared.web.request_body import Body
from shared.web.sights import is_volunteer
from shared.web.texts import typed
from shared.web.times import Day

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
# Whole units: 2.0 and "2" are refused like 2.5, for their sender means something else.
Quantity = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class DepotBody(Body):
    """A depot for all households within `area_path`."""

    depot_id: Code
    name: Annotated[str, typed(normal_form.fold), StringConstraints(min_length=1, max_length=100)]
    area_path: Path


class ReceiptBody(Body):
    """Goods that came in. The client makes `receipt_id` (UUIDv7), so that a repeat is harmless."""

    receipt_id: Id
    depot_id: Code
    item: Code
    quantity: Quantity
    source: Source
    donor: Text | None = None
    lot: Text | None = None
    expires_on: Day | None = None


class NeedBody(Body):
    """What a household needs. The client makes `need_id` (UUIDv7); a resident's own household need not be named."""

    need_id: Id
    item: Code
    quantity: Quantity
    household_id: Id | None = None


class HandoverBody(Body):
    """`left_at` names where the goods were left, when the hand-over was contactless."""

    left_at: Text | None = None


class CarriersBody(Body):
    """The volunteers who bring a delivery, all of them; none takes it from all."""

    person_ids: Annotated[list[PersonId], Field(max_length=20)]


class FailureBody(Body):
    """Why the goods were not taken, and the day on which it is tried again."""

    reason: FailureReason
    retry_on: Day
    note: Text | None = None


class WithdrawalBody(Body):
    """Why the office withdraws a delivery."""

    note: Text


class View(BaseModel):
    """An answer, made of the attributes of what it shows."""

    model_config = ConfigDict(from_attributes=True)


class ItemView(BaseModel):
    """A kind of goods: its names, and what one unit of it is."""

    item: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    low_at: int


class DepotView(View):
    """A depot."""

    depot_id: str
    name: str
    area_path: str


class StockView(View):
    """What a depot has of an item, in the item's unit: on hand, promised to deliveries, and free."""

    stock_id: str
    depot_id: str
    item: str
    on_hand: int
    reserved: int
    free: int


class ReceiptView(View):
    """Goods that came in."""

    receipt_id: str
    depot_id: str
    item: str
    quantity: int
    source: Source
    donor: str | None
    lot: str | None
    expires_on: date | None
    received_by: str
    received_at: datetime


class LineView(View):
    """An item and how many units of it."""

    item: str
    quantity: int


class AllotmentView(LineView):
    """What a depot keeps for the delivery."""

    depot_id: str


class FailureView(View):
    """A hand-over that failed."""

    reason: FailureReason
    retry_on: date
    reported_by: str
    note: str | None


class StepView(View):
    """What happened to a delivery, when, and by whom: `by` is empty where no person did it."""

    what: str
    at: datetime
    by: str


class DeliveryCounts(BaseModel):
    """Open deliveries: waiting for goods; planned, and of these due by today, before today, due without a volunteer."""

    waiting: int
    planned: int
    due: int
    late: int
    without_carrier: int


class DeliveryView(View):
    """A delivery. It waits while `lacks` names something; `allotted` names what is fetched from which depot."""

    delivery_id: str
    kind: DeliveryKind
    state: DeliveryState
    household_id: str
    area_path: str
    resident_ids: list[str]
    keeper_id: str | None
    carrier_ids: list[str]
    case_ids: list[str]
    need_id: str | None
    asked_at: datetime
    due_on: date
    lines: list[LineView]
    allotted: list[AllotmentView]
    lacks: list[LineView]
    failures: list[FailureView]
    handed_over_at: datetime | None
    confirmed_by: str | None
    left_at: str | None
    cancelled_by: str | None
    cancel_note: str | None
    steps: list[StepView]


def delivery_view(delivery: Delivery, caller: Principal) -> DeliveryView:
    """Return a delivery as the caller may see it: a volunteer learns the door and the goods, not who is isolated."""
    view = DeliveryView.model_validate(delivery)
    if is_volunteer(caller):
        return view.model_copy(update={"resident_ids": [], "case_ids": []})
    return view
