"""Rented doors (出租房), as registration publishes them: whose they are and who lives there (R1.5)."""

from datetime import datetime

from shared.envelope.event import Event

RENTALS = "registration.rentals.v1"


class RentalEvent(Event, topic=RENTALS, key="rental_id", compacted=True, base=True):
    """The public state of a rented door; `resident_id` is the landlord, where a resident of the city is.

    `tenants` are the resident files of those who live there. `waiting` tenants are not registered by the landlord yet,
    the first of them by `due_at`.
    """

    rental_id: str
    area_path: str
    resident_id: str | None = None
    tenants: tuple[str, ...] = ()
    registered: int = 0
    waiting: int = 0
    due_at: datetime | None = None


class RentalChanged(RentalEvent):
    """A door was rented out, or a tenant was registered, got a file, or left."""


class TenantReported(RentalEvent):
    """A tenant lives there whom the landlord has not registered: that is due by `due_at`."""
