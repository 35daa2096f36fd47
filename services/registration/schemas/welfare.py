"""Bodies about the welfare of staff: terms, and records of insurance, pledges and goods."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from services.registration.schemas import Body, Id, PersonId, View
from services.registration.schemas.zones import Source
from shared.envelope.open_enum import KNOWN
from shared.events.registration_welfare import WelfareKind
from shared.web.times import Day

MOST_PERSONS = 200
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Persons = Annotated[list[PersonId], Field(min_length=1, max_length=MOST_PERSONS)]


class TermsBody(Body):
    """Terms of an insurance, or the text of a pledge. The client makes `terms_id` (UUIDv7)."""

    several_lines = frozenset({"text"})
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "terms_id": "01930000-0000-7000-8000-000000000001",
                    "kind": "insurance",
                    "version": "战疫90天",
                    "since": "2026-02-01",
                    "source": "津河疫防指〔2026〕9号",
                    "insurer": "人保财险",
                    "days": 90,
                    "sum_yuan": 500000,
                }
            ]
        }
    )

    terms_id: Id
    kind: Annotated[WelfareKind, KNOWN]
    version: Word
    since: Day
    source: Source
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    insurer: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    days: Annotated[int, Field(ge=0, le=1000)] = 0
    sum_yuan: Annotated[int, Field(ge=0, le=100_000_000)] = 0


class TermsView(View):
    """Terms and who approved them; `in_force`: they are the newest approved ones of their kind today."""

    terms_id: str
    kind: WelfareKind
    version: str
    since: date
    source: str
    text: str
    insurer: str
    days: int
    sum_yuan: int
    proposed_by: str
    approved_by: str | None
    approved_at: datetime | None
    in_force: bool


class TermsList(View):
    """All terms, the latest first."""

    items: list[TermsView]


class EnrolmentBody(Body):
    """Persons to insure by the terms in force. The client makes `request_id` (UUIDv7), so that a repeat is harmless.

    A person whose insurance lasts beyond `starts_on` is insured from the day after its last day: a renewal.
    """

    request_id: Id
    terms_id: Id
    person_ids: Persons
    starts_on: Day


class PledgeBody(Body):
    """Persons who signed the pledge (承诺表) in force on a day, and the witness."""

    request_id: Id
    terms_id: Id
    person_ids: Persons
    signed_on: Day
    witness_id: PersonId


class GoodsBody(Body):
    """Persons who each received so many of an item on a day, and how they signed for it."""

    request_id: Id
    person_ids: Persons
    item: Word
    quantity: Annotated[int, Field(ge=1, le=100_000)]
    received_on: Day
    signature: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""


class WelfareView(View):
    """A record: the first day (or that of the signature or the hand-over), the last, and what it is of.

    `ending`: the renewal is due, because the last day is at most seven days ahead.
    """

    record_id: str
    kind: WelfareKind
    person_id: str
    unit: str
    area_path: str
    starts_on: date
    ends_on: date | None
    ending: bool
    terms_id: str | None
    renews: str | None
    witness_id: str | None
    item: str | None
    quantity: int | None
    signature: str
    recorded_by: str
    recorded_at: datetime


class WelfareRecords(View):
    """The records that a call made, or made before."""

    items: list[WelfareView]


class UnitTotalsView(View):
    """What the staff of a unit have, in persons, and goods by item."""

    unit: str
    insured: int
    ending: int
    pledged: int
    goods: dict[str, int]


class WelfareTotals(View):
    """The totals of an area by unit."""

    items: list[UnitTotalsView]
