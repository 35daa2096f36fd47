"""Rented doors: the landlord answers for registering the tenants (出租户主责任), by a dated policy (R1.5)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.base.errors import Conflict, NotFound
from shared.base.private import SEALED

MOST_TENANTS = 40


@dataclass(frozen=True)
class Tenancy:
    """A tenant of a room; `registered_at` is when the landlord registered them, due by `due_at`.

    `resident_id` is the tenant's file, once the office has it.
    """

    tenancy_id: str
    name: str = field(metadata=SEALED)
    phone: str = field(metadata=SEALED)
    room: str
    arrived_at: datetime
    due_at: datetime
    stated_by: str
    stated_at: datetime
    registered_by: str | None = None
    registered_at: datetime | None = None
    resident_id: str | None = None
    left_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether the landlord has still to register the tenant."""
        return self.registered_at is None and self.left_at is None

    @property
    def was_late(self) -> bool:
        """Whether the tenant was registered after the time that the policy gives."""
        return self.registered_at is not None and self.registered_at > self.due_at

    def same(self, other: "Tenancy") -> bool:
        """Whether another one states the same tenant."""
        mine = (self.name, self.phone, self.room, self.arrived_at)
        return mine == (other.name, other.phone, other.room, other.arrived_at)


@dataclass(frozen=True)
class Landlord:
    """Whose door it is: a resident of the city, or a person or company outside with a phone."""

    resident_id: str | None = None
    name: str = field(default="", metadata=SEALED)
    phone: str = field(default="", metadata=SEALED)


@dataclass(frozen=True)
class Rental:
    """A rented door with its rooms and tenants; `due_at` is the first time by which a tenant is to be registered."""

    rental_id: str
    area_path: str
    grid_path: str
    rooms: int
    landlord: Landlord | None
    opened_by: str
    opened_at: datetime
    tenancies: tuple[Tenancy, ...] = ()
    due_at: datetime | None = None

    @property
    def landlord_id(self) -> str | None:
        """The landlord, where a resident of the city is."""
        return self.landlord.resident_id if self.landlord else None

    @property
    def living(self) -> tuple[Tenancy, ...]:
        """The tenants who have not left."""
        return tuple(one for one in self.tenancies if one.left_at is None)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The resident files of those who live there."""
        return tuple(one.resident_id for one in self.living if one.resident_id)

    @property
    def waiting(self) -> int:
        """How many tenants the landlord has still to register."""
        return sum(one.waits for one in self.tenancies)

    @property
    def registered(self) -> int:
        """How many tenants live there and are registered."""
        return len(self.living) - self.waiting

    def overdue(self, now: datetime) -> bool:
        """Whether the landlord should have registered a tenant by now."""
        return self.due_at is not None and now >= self.due_at


def add(rental: Rental, tenancy: Tenancy) -> Rental:
    """Return it with one more tenant; the same again changes nothing. Raises `Conflict`."""
    known = next((one for one in rental.tenancies if one.tenancy_id == tenancy.tenancy_id), None)
    if known is not None:
        if not known.same(tenancy):
            raise Conflict("registration.tenancy_taken", "That tenancy_id stands for another one: make a new one")
        return rental
    if len(rental.living) >= MOST_TENANTS:
        text = f"A rented door has at most {MOST_TENANTS} tenants: state who has left first"
        raise Conflict("registration.rental_full", text, most=MOST_TENANTS)
    return _with(rental, (*rental.tenancies, tenancy))


def register(rental: Rental, tenancy_id: str, by: str, now: datetime) -> Rental:
    """Let a tenant be registered; again, it changes nothing."""

    def registered(one: Tenancy) -> Tenancy:
        return one if one.registered_at else replace(one, registered_by=by, registered_at=now)

    return _change(rental, tenancy_id, registered)


def name_file(rental: Rental, tenancy_id: str, resident_id: str) -> Rental:
    """Let a tenant have a resident file."""
    return _change(rental, tenancy_id, lambda one: replace(one, resident_id=resident_id))


def leave(rental: Rental, tenancy_id: str, now: datetime) -> Rental:
    """Let a tenant have left; again, it changes nothing."""
    return _change(rental, tenancy_id, lambda one: one if one.left_at else replace(one, left_at=now))


def _change(rental: Rental, tenancy_id: str, change: Callable[[Tenancy], Tenancy]) -> Rental:
    if all(one.tenancy_id != tenancy_id for one in rental.tenancies):
        raise NotFound("registration.no_such_tenancy", "That tenant was not found behind this door")
    return _with(rental, tuple(change(one) if one.tenancy_id == tenancy_id else one for one in rental.tenancies))


def _with(rental: Rental, tenancies: tuple[Tenancy, ...]) -> Rental:
    due = min((one.due_at for one in tenancies if one.waits), default=None)
    return replace(rental, tenancies=tenancies, due_at=due)
