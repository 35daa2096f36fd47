"""Deliveries to doors: isolation kits, the weekly delivery, needs, and the hand-over (R4.1, R4.2, R4.5)."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo

from services.supply.domain.goods import check_item
from shared.base.errors import Conflict, Invalid
from shared.base.private import SEALED
from shared.events.supply import DeliveryKind, DeliveryState, FailureReason, NeedState


@dataclass(frozen=True)
class Line:
    """An item and how many units of it."""

    item: str
    quantity: int


# One a household in isolation, whatever its size; it lasts as long as an isolation by policy (R4.2).
KIT = (Line("flour", 1), Line("milk", 1), Line("disinfectant", 1))
KIT_LASTS = timedelta(days=14)
# One a household in special care and week (一周一送, R4.2), planned on Mondays in the city's own time.
WEEKLY = (Line("vegetables", 1), Line("milk", 1))
WEEKLY_AT = time(8)
WEEK = timedelta(days=7)
NEED_MOST = 20
OPEN_NEEDS_MOST = 10
RETRY_WITHIN = timedelta(days=14)
_NEED_STATES = {DeliveryState.HANDED_OVER: NeedState.MET, DeliveryState.CANCELLED: NeedState.REFUSED}


# A delivery in a state that a later version added is not open: this version cannot change it.
OPEN = frozenset({DeliveryState.WAITING, DeliveryState.PLANNED})


@dataclass(frozen=True)
class Allotment:
    """What a depot keeps for a delivery."""

    depot_id: str
    item: str
    quantity: int


@dataclass(frozen=True)
class Failure:
    """A hand-over that failed; it is tried again on `retry_on`."""

    reason: FailureReason
    retry_on: date
    reported_by: str
    note: str | None = field(default=None, metadata=SEALED)


@dataclass(frozen=True)
class Step:
    """What happened to a delivery and when; `by` is empty where no person did it: an isolation that has ended."""

    what: str
    at: datetime
    by: str = ""


@dataclass(frozen=True)
class Delivery:
    """Goods for a household; `asked_at` is its turn among the deliveries that wait for the same goods.

    `carrier_ids` are the volunteers who bring it. `case_ids` are the isolation cases that a kit is for, `open_case_ids`
    those of them that have not ended.
    """

    delivery_id: str
    kind: DeliveryKind
    household_id: str
    area_path: str
    resident_ids: tuple[str, ...]
    keeper_id: str | None
    due_on: date
    lines: tuple[Line, ...]
    asked_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    allotted: tuple[Allotment, ...] = ()
    case_ids: tuple[str, ...] = ()
    open_case_ids: tuple[str, ...] = ()
    need_id: str | None = None
    failures: tuple[Failure, ...] = ()
    handed_over_at: datetime | None = None
    confirmed_by: str | None = None
    left_at: str | None = field(default=None, metadata=SEALED)
    cancelled_by: str | None = None
    cancel_note: str | None = field(default=None, metadata=SEALED)
    carrier_ids: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    def is_assigned_to(self, person: str) -> bool:
        """Whether the person keeps the household or brings the delivery."""
        return person == self.keeper_id or person in self.carrier_ids

    @property
    def case_id(self) -> str | None:
        """The first of `case_ids`."""
        return next(iter(self.case_ids), None)

    @property
    def lacks(self) -> tuple[Line, ...]:
        """What the delivery waits for."""
        waits = self.state is DeliveryState.WAITING
        return tuple(Line(item, quantity) for item, quantity in lacking(self).items()) if waits else ()


@dataclass(frozen=True)
class Need:
    """What a household needs of an item; a delivery brings it."""

    need_id: str
    household_id: str
    area_path: str
    item: str
    quantity: int
    state: NeedState


@dataclass(frozen=True)
class CaseKit:
    """An isolation case: the delivery that is its kit, whether the case has ended, and the id of its newest event."""

    case_id: str
    delivery_id: str | None = None
    ended: bool = False
    newest: str = ""


@dataclass(frozen=True)
class Care:
    """A household's special care: the Monday for which its next weekly delivery is due to be planned; None: no day."""

    household_id: str
    next_week: date | None = None


def need_of(delivery: Delivery) -> Need | None:
    """Return the need behind a delivery, or None where a household did not ask for it."""
    if delivery.need_id is None:
        return None
    (line,) = delivery.lines
    state = _NEED_STATES.get(delivery.state, NeedState.OPEN)
    return Need(delivery.need_id, delivery.household_id, delivery.area_path, line.item, line.quantity, state)


def lacking(delivery: Delivery) -> dict[str, int]:
    """Return what is not reserved yet: units by item."""
    wanted = Counter({line.item: line.quantity for line in delivery.lines})
    for allotment in delivery.allotted:
        wanted[allotment.item] -= allotment.quantity
    return dict(+wanted)


def allot(delivery: Delivery, allotment: Allotment, today: date) -> Delivery:
    """Keep goods for the delivery; with the last of them it is planned, and due today if it was due before."""
    after = replace(delivery, allotted=(*delivery.allotted, allotment))
    if lacking(after):
        return after
    return replace(after, state=DeliveryState.PLANNED, due_on=max(after.due_on, today))


def hand_over(delivery: Delivery, by: str, at: datetime, left_at: str | None) -> Delivery:
    """Give the household its goods; `left_at` names where they were left, at a contactless hand-over."""
    require_planned(delivery)
    return replace(delivery, state=DeliveryState.HANDED_OVER, confirmed_by=by, handed_over_at=at, left_at=left_at)


def fail(delivery: Delivery, failure: Failure, today: date) -> Delivery:
    """Note that the goods were not taken: they stay reserved and are due again on `retry_on`."""
    require_planned(delivery)
    if not today <= failure.retry_on <= today + RETRY_WITHIN:
        text = f"'retry_on' is {today} to {today + RETRY_WITHIN}, not {failure.retry_on}"
        raise Invalid("supply.retry_date", f"{text}: choose another day, or have the delivery withdrawn")
    return replace(delivery, failures=(*delivery.failures, failure), due_on=failure.retry_on)


def assign(delivery: Delivery, carrier_ids: tuple[str, ...]) -> Delivery:
    """Name the volunteers who bring a delivery. Raises `Conflict` where it is closed."""
    if delivery.state not in OPEN:
        text = f"The delivery is {delivery.state}: only one that is on its way has carriers"
        raise Conflict("supply.delivery_closed", text)
    return replace(delivery, carrier_ids=carrier_ids)


def cancel(delivery: Delivery, by: str | None = None, note: str | None = None) -> Delivery:
    """Bring the goods no longer; nothing is kept for the delivery from now on."""
    if delivery.state not in OPEN:
        raise Conflict("supply.delivery_closed", f"The delivery is {delivery.state} and can no longer be withdrawn")
    return replace(delivery, state=DeliveryState.CANCELLED, allotted=(), cancelled_by=by, cancel_note=note)


def record(delivery: Delivery, what: str, at: datetime, by: str = "") -> Delivery:
    """Return the delivery with a step more in its history."""
    return replace(delivery, steps=(*delivery.steps, Step(what, at, by)))


def require_planned(delivery: Delivery) -> None:
    """Raise `Conflict` unless every line is reserved and the household has not got it yet."""
    if delivery.state is DeliveryState.WAITING:
        text = f"The delivery waits for {', '.join(lacking(delivery))}: it is planned when they come in"
        raise Conflict("supply.delivery_waits", text)
    if delivery.state is not DeliveryState.PLANNED:
        text = f"The delivery is {delivery.state}: bring goods that are still on their way back to the depot"
        raise Conflict("supply.delivery_closed", text)


def serves_next_case(kit: Delivery, now: datetime) -> bool:
    """Whether a kit is also for a case of the household that opens now.

    It is while it is on its way, and after the hand-over for as long as the same isolation lasts and the kit with it:
    a household that is isolated again later gets another.
    """
    if kit.state is DeliveryState.HANDED_OVER and kit.handed_over_at:
        return bool(kit.open_case_ids) and now - kit.handed_over_at < KIT_LASTS
    return kit.state in OPEN


def join(kit: Delivery, case_id: str, resident_id: str) -> Delivery:
    """Let the kit be for one case more."""
    residents = dict.fromkeys((*kit.resident_ids, resident_id))
    case_ids, open_case_ids = (*kit.case_ids, case_id), (*kit.open_case_ids, case_id)
    return replace(kit, resident_ids=tuple(residents), case_ids=case_ids, open_case_ids=open_case_ids)


def end_case(kit: Delivery, case_id: str) -> Delivery:
    """Note that a case has ended."""
    return replace(kit, open_case_ids=tuple(one for one in kit.open_case_ids if one != case_id))


def leave(kit: Delivery, case_id: str, resident_id: str) -> Delivery:
    """Let the kit be no longer for a case whose person has moved; a kit of that case alone stays to be cancelled."""
    ended = end_case(kit, case_id)
    if not ended.open_case_ids:
        return ended
    case_ids = tuple(one for one in kit.case_ids if one != case_id)
    residents = tuple(one for one in kit.resident_ids if one != resident_id)
    return replace(ended, case_ids=case_ids, resident_ids=residents)


def no_longer_needed(kit: Delivery) -> bool:
    """Whether a kit that was not handed over need not be: no case of the household is open any more."""
    return kit.state in OPEN and not kit.open_case_ids


def week_of(at: datetime, zone: tzinfo) -> date:
    """Return the Monday of the week, in the city's own days."""
    local = at.astimezone(zone).date()
    return local - timedelta(days=local.weekday())


def weekly_at(monday: date, zone: tzinfo) -> datetime:
    """Return when that week's delivery is planned."""
    return datetime.combine(monday, WEEKLY_AT, zone)


def next_week(now: datetime, zone: tzinfo) -> date:
    """Return the Monday of the first weekly delivery that is still to come."""
    monday = week_of(now, zone)
    return monday if weekly_at(monday, zone) > now else monday + WEEK


def check_need(line: Line, open_needs: int) -> None:
    """Raise when a household cannot be meant to need that, or has asked for enough at a time."""
    check_item(line.item)
    if line.quantity > NEED_MOST:
        text = f"A need is {NEED_MOST} units at most, not {line.quantity}"
        raise Invalid("supply.need_too_large", text, most=NEED_MOST)
    if open_needs >= OPEN_NEEDS_MOST:
        text = f"The household waits for {open_needs} needs: state more when they are met or withdrawn"
        raise Conflict("supply.too_many_needs", text, open_needs=open_needs)
