"""What registration answers about the welfare of staff."""

from datetime import date

from pydantic import BaseModel


class Terms(BaseModel):
    """Terms of an insurance, or the text of a pledge."""

    terms_id: str
    kind: str
    version: str
    since: date
    source: str
    text: str
    insurer: str
    days: int
    sum_yuan: int
    proposed_by: str
    approved_by: str | None
    in_force: bool


class TermsList(BaseModel):
    """All terms, the latest first."""

    items: list[Terms]


class Record(BaseModel):
    """That a member of staff is insured, signed a pledge or received goods."""

    record_id: str
    kind: str
    person_id: str
    unit: str
    starts_on: date
    ends_on: date | None
    ending: bool
    terms_id: str | None
    witness_id: str | None
    item: str | None
    quantity: int | None
    signature: str
    recorded_by: str


class UnitTotals(BaseModel):
    """What the staff of a unit have."""

    unit: str
    insured: int
    ending: int
    pledged: int
    goods: dict[str, int]


class Totals(BaseModel):
    """The totals of an area by unit."""

    items: list[UnitTotals]
