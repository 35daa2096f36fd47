"""Welfare of staff: dated terms of insurance and pledges, and what each person has of them (R1.13)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from shared.base.errors import Conflict, Invalid
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration_welfare import WelfareKind

ENDING_DAYS = timedelta(days=7)  # before the last day of an insurance its renewal is due
LONGEST_DAYS = 366
SIGNED_WITHIN = timedelta(days=30)  # so long ago paper may have been signed, or goods handed over
OF_TERMS = (WelfareKind.INSURANCE, WelfareKind.PLEDGE)


@dataclass(frozen=True)
class Terms:
    """The terms of an insurance (`insurer`, `days`, `sum_yuan`) or the `text` of a pledge, since a day, by a source.

    One official of the city proposes them, another one approves them; the newest approved of a kind are in force.
    """

    terms_id: str
    kind: WelfareKind
    version: str
    since: date
    source: str
    proposed_by: str
    proposed_at: datetime
    text: str = ""
    insurer: str = ""
    days: int = 0
    sum_yuan: int = 0
    approved_by: str | None = None
    approved_at: datetime | None = None

    def same(self, other: "Terms") -> bool:
        """Whether another proposal states the same."""
        blank = {"proposed_at": self.proposed_at, "approved_by": None, "approved_at": None}
        return replace(self, **blank) == replace(other, **blank)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Record:
    """That a member of staff is insured, signed a pledge or received goods; `starts_on` is the day of it.

    `unit` and `area_path` are the person's on that day; `signature` is how the receipt of goods was signed.
    """

    record_id: str
    kind: WelfareKind
    person_id: str
    unit: str
    area_path: str
    starts_on: date
    recorded_by: str
    recorded_at: datetime
    ends_on: date | None = None
    terms_id: str | None = None
    renews: str | None = None
    witness_id: str | None = None
    item: str | None = None
    quantity: int | None = None
    signature: str = field(default="", metadata=SEALED)

    def is_ending(self, today: date) -> bool:
        """Whether the renewal of an insurance is due: its last day is at most seven days ahead."""
        return self.ends_on is not None and today <= self.ends_on <= today + ENDING_DAYS


@dataclass(frozen=True)
class UnitTotals:
    """What the staff of a unit have: insured now, of those ending soon, pledges, goods by item."""

    unit: str
    insured: int
    ending: int
    pledged: int
    goods: dict[str, int]


def check_terms(terms: Terms) -> None:
    """Raise `Invalid` for terms that lack what their kind needs."""
    if terms.kind is WelfareKind.INSURANCE and not (terms.insurer and 0 < terms.days <= LONGEST_DAYS):
        text = f"An insurance names its insurer and lasts 1 to {LONGEST_DAYS} days: state both"
        raise Invalid("registration.welfare_terms", text, days=LONGEST_DAYS)
    if terms.kind is WelfareKind.PLEDGE and not terms.text:
        raise Invalid("registration.welfare_text", "A pledge has a text: state it")


def approve(terms: Terms, by: str, now: datetime) -> Terms:
    """Approve proposed terms as the second person. Raises `Conflict` for the proposer."""
    if same_person(terms.proposed_by, by):
        raise Conflict("registration.own_welfare_terms", "The terms are yours: a colleague of the city approves them")
    return terms if terms.approved_by else replace(terms, approved_by=by, approved_at=now)


def in_force(terms: Iterable[Terms], kind: WelfareKind, day: date) -> Terms | None:
    """Return the newest approved terms of a kind that have begun on a day."""
    begun = [one for one in terms if one.kind is kind and one.approved_by and one.since <= day]
    return max(begun, key=lambda one: (one.since, one.terms_id), default=None)


def insured_from(asked: date, days: int, earlier: Iterable[Record]) -> tuple[date, date, str | None]:
    """Return the first and last day of an insurance and the one that it renews: without a gap, and without a day twice.

    An earlier one that lasts beyond the asked day is renewed from the day after its last one.
    """
    lasting = [one for one in earlier if one.ends_on is not None and one.ends_on >= asked - timedelta(days=1)]
    last = max(lasting, key=lambda one: one.ends_on or asked, default=None)
    begins = last.ends_on + timedelta(days=1) if last and last.ends_on else asked
    return begins, begins + timedelta(days=days - 1), last.record_id if last else None


def check_day(day: date, today: date) -> None:
    """Raise `Invalid` for a day on which nothing can have been signed or received."""
    if not today - SIGNED_WITHIN <= day <= today:
        text = f"The day must lie within the {SIGNED_WITHIN.days} days up to today: correct it"
        raise Invalid("registration.welfare_day", text, days=SIGNED_WITHIN.days)


def total(records: Iterable[Record], today: date) -> list[UnitTotals]:
    """Return the totals by unit, in the order of their names; each person counts once for insurance and pledges."""
    units: dict[str, list[Record]] = {}
    for one in records:
        units.setdefault(one.unit, []).append(one)
    return [_of_unit(unit, units[unit], today) for unit in sorted(units)]


def _of_unit(unit: str, records: list[Record], today: date) -> UnitTotals:
    insured = [one for one in records if one.ends_on and one.starts_on <= today <= one.ends_on]
    renewed = {one.renews for one in records if one.renews}
    ending = {one.person_id for one in insured if one.is_ending(today) and one.record_id not in renewed}
    goods: dict[str, int] = {}
    for one in records:
        if one.item:
            goods[one.item] = goods.get(one.item, 0) + (one.quantity or 0)
    pledged = {one.person_id for one in records if one.kind is WelfareKind.PLEDGE}
    return UnitTotals(unit, len({one.person_id for one in insured}), len(ending), len(pledged), goods)
