"""Bodies about vehicles."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, StringConstraints, model_validator

from services.registration.schemas import Body, Id, Reason, View
from shared.base import normal_form
from shared.base.json_types import Json
from shared.envelope.open_enum import KNOWN
from shared.events.registration_employers import VehicleKind
from shared.web.texts import typed
from shared.web.times import Day

KnownVehicleKind = Annotated[VehicleKind, KNOWN]
VehiclePlate = Annotated[str, typed(normal_form.plate), StringConstraints(min_length=1, max_length=16)]

_EXAMPLE: Json = {
    "vehicle_id": "019c4d2e-7a10-7b3c-9d4e-1f2a3b4c5d6e",
    "plate": "津A12345",
    "kind": "car",
    "resident_id": "019c4d2e-7a10-7b3c-9d4e-1f2a3b4c5d6f",
}


class OwnerBody(Body):
    """Whose a vehicle is: a resident's or an employer's."""

    resident_id: Id | None = None
    employer_id: Id | None = None

    @model_validator(mode="after")
    def check_owner(self) -> "OwnerBody":
        """Raise `ValueError` unless there is one owner."""
        if (self.resident_id is None) == (self.employer_id is None):
            raise ValueError("state either resident_id or employer_id (车主为居民或单位，只填一项)")
        return self


class VehicleBody(OwnerBody):
    """A vehicle and its owner, by default from today on. The client makes `vehicle_id` (UUIDv7)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    vehicle_id: Id
    plate: VehiclePlate
    kind: KnownVehicleKind
    since: Day | None = None


class VehicleEndBody(Body):
    """The first day on which the vehicle is the owner's no longer, by default today, and why."""

    day: Day | None = None
    reason: Reason


class VehicleView(View):
    """A vehicle of an owner; auditors see the beginning and the end of its plate alone."""

    vehicle_id: str
    area_path: str
    plate: str
    kind: VehicleKind
    new_energy: bool
    resident_id: str | None
    employer_id: str | None
    since: date
    until: date | None
