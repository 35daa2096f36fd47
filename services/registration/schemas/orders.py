"""Bodies about colours by hand."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from services.registration.domain.orders import State
from services.registration.schemas import Body, Id, Reason, View
from shared.events.registration import Colour
from shared.web.times import ZonedInstant

MOST = 5000
Moment = Annotated[ZonedInstant, AfterValidator(lambda at: at.astimezone(UTC).replace(microsecond=0))]


class OrderBody(Body):
    """A colour for one resident or many, until a moment. The client makes `order_id` (UUIDv7): a repeat is harmless."""

    order_id: Id
    colour: Colour
    reason: Reason
    until: Moment
    resident_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST)]


class LiftBody(Body):
    """An order that ends another before its time. The client makes `order_id` (UUIDv7): a repeat is harmless."""

    order_id: Id
    reason: Reason


class RejectionBody(Body):
    """Why an order is refused or withdrawn."""

    reason: Reason


class OrderItem(View):
    """An order: who proposed it and why, who decided; `size` is for how many residents, `lifts` the order it ends."""

    order_id: str
    area_path: str
    colour: Colour
    reason: str
    until: datetime
    size: int
    takes_two: bool
    lifts: str | None
    lifted_by: str | None
    state: State
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str


class OrderView(OrderItem):
    """An order and how far it is carried out; `not_found` are the residents who do not live in its area."""

    applied: Annotated[int, Field(description="Residents whose colour the order gives, or gave until it was lifted")]
    waiting: Annotated[int, Field(description="Residents whose turn comes, once the order is approved")]
    not_found: list[str]
