"""Colours by hand, one resident or many: red, and every order for several residents, takes two people (R1.9).

A yellow for one resident holds at once and falls back within hours unless a second person approves it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration import Colour

APPROVAL_WITHIN = timedelta(hours=24)
LONGEST = timedelta(days=30)
# Residents a transaction: each takes a handful of commands, and none should hold up the events of other services.
PART_SIZE = 50


class State(StrEnum):
    """Where an order stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    LIFTED = "lifted"


def is_mighty(colour: Colour, size: int) -> bool:
    """Whether an order confines or moves many: red, or for several residents."""
    return colour is Colour.RED or size > 1


@dataclass(frozen=True)
class ColourOrder:
    """An order that turns the code of `size` residents until a moment; or, where it `lifts` one, that ends another.

    `reason` is the proposer's own text, `decision` the decider's.
    """

    order_id: str
    area_path: str
    colour: Colour
    reason: str = field(metadata=SEALED)
    until: datetime
    size: int
    proposed_by: str
    proposed_at: datetime
    lifts: str | None = None
    state: State = State.PROPOSED
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)
    lifted_by: str | None = None

    @property
    def takes_two(self) -> bool:
        """Whether a second person must approve before it holds: for red, for more than one resident, or as it waits."""
        return is_mighty(self.colour, self.size) or self.state is State.PROPOSED

    @property
    def on_one_word(self) -> bool:
        """Whether it holds on the word of one officer, and falls back unless a second person approves it."""
        return self.state is State.APPROVED and self.decided_by is None and self.lifts is None

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be approved."""
        return self.proposed_at + APPROVAL_WITHIN


@dataclass(frozen=True)
class Part:
    """Some of an order's residents, turned and lifted together; `not_found` are those who are not in its area."""

    order_id: str
    number: int
    resident_ids: tuple[str, ...]
    not_found: tuple[str, ...] = ()
    applied_at: datetime | None = None
    lifted_at: datetime | None = None


def parts(order_id: str, resident_ids: tuple[str, ...], not_found: frozenset[str]) -> list[Part]:
    """Return the order's parts in order, each with those of them who are known not to be in the area."""
    chunks = [resident_ids[at : at + PART_SIZE] for at in range(0, len(resident_ids), PART_SIZE)]
    return [Part(order_id, n, ids, tuple(i for i in ids if i in not_found)) for n, ids in enumerate(chunks)]


def check(order: ColourOrder) -> None:
    """Raise `Invalid` when no such order is given by hand."""
    if order.colour is Colour.GREEN:
        text = "Green is not given by hand: lift the order, or end the case, that the colour rests on"
        raise Invalid("registration.order_green", text)
    if not order.proposed_at < order.until <= order.proposed_at + LONGEST:
        text = f"A colour by hand ends after now and within {LONGEST.days} days: correct 'until'"
        raise Invalid("registration.order_until", text, days=LONGEST.days)


def same(one: ColourOrder, other: ColourOrder) -> bool:
    """Whether two orders under one id state the same, whatever became of the first since."""
    return _stated(one) == _stated(other)


def _stated(order: ColourOrder) -> tuple[Colour, str, datetime, int, str, str | None]:
    return order.colour, order.reason, order.until, order.size, order.proposed_by, order.lifts


def put_in_force(order: ColourOrder) -> ColourOrder:
    """Put an order in force that takes no second person."""
    return replace(order, state=State.APPROVED, decided_at=order.proposed_at)


def approve(order: ColourOrder, by: str, now: datetime) -> ColourOrder:
    """Put a proposed order in force. Raises `Conflict` to the proposer, and where it can no longer be approved."""
    if same_person(by, order.proposed_by):
        raise Conflict(
            "registration.own_order", "The officer who proposed an order does not approve it: ask a colleague"
        )
    if not order.on_one_word:
        _require_open(order, now)
    if now >= order.until:
        text = f"The order was to end at {order.until:%Y-%m-%d %H:%M} UTC, which is over: reject it"
        raise Conflict("registration.order_over", text)
    return replace(order, state=State.APPROVED, decided_by=by, decided_at=now)


def reject(order: ColourOrder, by: str, decision: str, now: datetime) -> ColourOrder:
    """Refuse a proposed order, or withdraw one's own."""
    _require_open(order, now)
    return replace(order, state=State.REJECTED, decided_by=by, decided_at=now, decision=decision)


def expire(order: ColourOrder) -> ColourOrder:
    """Let a proposed order expire that was not decided in time."""
    at = order.expires_at if order.state is State.PROPOSED else order.decided_at
    return replace(order, state=State.EXPIRED, decided_at=at)


def lift(order: ColourOrder, lifted_by: str) -> ColourOrder:
    """End an order before its time, by another one."""
    return replace(order, state=State.LIFTED, lifted_by=lifted_by)


def require_in_force(order: ColourOrder, now: datetime) -> None:
    """Raise `Conflict` when there is nothing to lift."""
    if order.lifts or order.state is not State.APPROVED or now >= order.until:
        raise Conflict("registration.order_not_in_force", "Only an order that holds now is lifted: this one does not")


def _require_open(order: ColourOrder, now: datetime) -> None:
    if order.state is not State.PROPOSED:
        raise Conflict("registration.order_decided", f"The order is {order.state} already: propose another one")
    if now >= order.expires_at:
        text = f"The order was not approved until {order.expires_at:%Y-%m-%d %H:%M} UTC: propose it again"
        raise Conflict("registration.order_expired", text)
