"""Vehicles: the plate, what it is, and whose it is from when until when: a resident's or an employer's (R1.10)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from shared.base.errors import Conflict
from shared.base.private import PRIVATE, SEALED
from shared.events.registration_employers import VehicleKind


@dataclass(frozen=True)
class Owner:
    """Whose a vehicle is: one of both ids is stated."""

    resident_id: str | None = None
    employer_id: str | None = None


@dataclass(frozen=True)
class Vehicle:
    """A vehicle of one owner; the next owner has an entry of its own. `plate_hash` is keyed."""

    vehicle_id: str
    area_path: str
    plate: str = field(metadata=SEALED)
    kind: VehicleKind
    since: date
    stated_by: str = field(metadata=PRIVATE)
    stated_at: datetime = field(metadata=PRIVATE)
    new_energy: bool = False
    resident_id: str | None = None
    employer_id: str | None = None
    until: date | None = None
    ended_by: str | None = field(default=None, metadata=PRIVATE)
    reason: str = field(default="", metadata=SEALED)

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return Owner(self.resident_id, self.employer_id)


def end(vehicle: Vehicle, day: date, by: str, reason: str) -> Vehicle:
    """Return the vehicle as the owner's no longer from a day on. Again, it stays as it is."""
    if vehicle.until is not None:
        return vehicle
    if day < vehicle.since:
        text = f"The vehicle is the owner's since {vehicle.since}: state that day or a later one"
        chinese = f"该车辆自 {vehicle.since} 起登记在车主名下：请填写该日或之后的日期"
        raise Conflict("registration.vehicle_order", text, detail_zh=chinese)
    return replace(vehicle, until=day, ended_by=by, reason=reason)
