"""Approvals of returns, as registration publishes them (R1.7)."""

from datetime import date, datetime

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

RETURNS = "registration.returns.v1"


class ReturnState(OpenEnum):
    """Where the approval of a return stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


class ReturnEvent(Event, topic=RETURNS, key="return_id", compacted=True, base=True):
    """The public state of the approval of a return: what it lacks, who signed, and what became of it (R1.7)."""

    return_id: str
    journey_id: str
    resident_id: str
    household_id: str
    area_path: str
    departs_on: date
    arrives_on: date
    state: ReturnState
    missing: tuple[str, ...] = ()
    destination_signed_by: str | None = None
    departure_signed_by: str | None = None
    employer_id: str | None = None
    consented_by: str | None = None
    was_approved: bool = False
    arrived_at: datetime | None = None


class ReturnAsked(ReturnEvent):
    """The approval of a return was asked for."""


class ReturnChanged(ReturnEvent):
    """A part or a signature was added, or the days of the journey changed: then both sides sign again."""


class ReturnApproved(ReturnEvent):
    """Both sides have signed: the person may travel."""


class ReturnRefused(ReturnEvent):
    """The return was refused."""


class ReturnExpired(ReturnEvent):
    """The person did not arrive in the days for which the return was asked."""


class ReturnCancelled(ReturnEvent):
    """The journey was taken back, and with it the return."""


class ReturnArrived(ReturnEvent):
    """The person has arrived: the community learns of it first; `was_approved` is whether both sides had signed."""
