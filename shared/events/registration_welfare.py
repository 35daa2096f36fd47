"""Welfare of staff, as registration publishes it: insurance, pledges signed and goods received (R1.13)."""

from datetime import date

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

WELFARE = "registration.welfare.v1"


class WelfareKind(OpenEnum):
    """What a record of welfare is of."""

    INSURANCE = "insurance"
    PLEDGE = "pledge"
    GOODS = "goods"


class WelfareRecorded(Event, topic=WELFARE, key="record_id", compacted=True):
    """A member of staff was insured, signed a pledge or received goods; a record never changes.

    `terms_id` are the terms of the insurance or the text of the pledge; `starts_on` is the first day of the insurance,
    the day of the signature or of the hand-over, `ends_on` the last day of the insurance.
    """

    record_id: str
    kind: WelfareKind
    person_id: str
    area_path: str
    starts_on: date
    ends_on: date | None = None
    terms_id: str | None = None
    renews: str | None = None
    witness_id: str | None = None
    item: str | None = None
    quantity: int | None = None
