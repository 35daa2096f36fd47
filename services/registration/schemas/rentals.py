"""Bodies about rented doors."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.registration.schemas import Body, Id, Name, Path, View
from services.registration.schemas.zones import Moment
from shared.base import normal_form
from shared.web.texts import typed

Phone = Annotated[str, typed(normal_form.phone), StringConstraints(pattern=r"^\+?[0-9]{5,19}$")]
Room = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


class LandlordBody(Body):
    """Whose door it is: a resident of the city, or a person or company outside with name and phone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "王房东", "phone": "13800000001"}]})

    resident_id: Id | None = None
    name: Name = ""
    phone: Phone | None = None

    @model_validator(mode="after")
    def check_one(self) -> "LandlordBody":
        """Raise `ValueError` unless it is a resident, or a name with a phone."""
        if (self.resident_id is None) != bool(self.name) or bool(self.name) != bool(self.phone):
            raise ValueError("state resident_id, or name and phone (房东为居民填编号，否则填姓名和电话)")
        return self


class RentalBody(Body):
    """A door that is rented out. The client makes `rental_id` (UUIDv7), so that a repeat is harmless."""

    rental_id: Id
    area_path: Annotated[Path, Field(description="The door")]
    rooms: Annotated[int, Field(ge=1, le=60)] = 1
    landlord: LandlordBody | None = None


class TenantBody(Body):
    """A tenant of a room. The client makes `tenancy_id` (UUIDv7), so that a repeat is harmless."""

    tenancy_id: Id
    name: Name
    phone: Phone
    room: Room
    arrived_at: Moment


class TenantFileBody(Body):
    """The resident file of a tenant."""

    resident_id: Id


class LandlordView(View):
    """Whose door it is."""

    resident_id: str | None
    name: str
    phone: str


class TenancyView(View):
    """A tenant: in which room, since when, by which time and when registered, whose file, and when they left."""

    tenancy_id: str
    name: str
    phone: str
    room: str
    arrived_at: datetime
    due_at: datetime
    stated_by: str
    registered_by: str | None
    registered_at: datetime | None
    waits: bool
    was_late: bool
    resident_id: str | None
    left_at: datetime | None


class RentalView(View):
    """A rented door with its tenants; `overdue`: the landlord should have registered one by now."""

    rental_id: str
    area_path: str
    grid_path: str
    rooms: int
    landlord: LandlordView | None
    opened_by: str
    opened_at: datetime
    tenancies: list[TenancyView]
    registered: int
    waiting: int
    due_at: datetime | None
    overdue: bool


class GridRentalsItem(View):
    """How many doors of a grid are rented out, how many of them are overdue or lack a landlord."""

    grid_path: str
    doors: int
    overdue: int
    without_landlord: int
