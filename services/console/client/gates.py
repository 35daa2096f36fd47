"""What checkpoint answers about gates, devices, flow, presence and alerts; and registration about names of places."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class Gate(BaseModel):
    """A gate and how its devices are."""

    gate_id: str
    name: str
    area_path: str
    checkpoint_id: str | None = None
    state: str
    devices: int
    silent: int
    unsent: int
    last_seen: datetime | None


class Numbers(BaseModel):
    """Numbers of scans that never came, from the first to the last."""

    first: int
    last: int


class Device(BaseModel):
    """A device at a gate and its last report of itself."""

    device_id: str
    gate_id: str
    gate_name: str | None = None
    area_path: str
    name: str
    state: str
    revoked: str | None
    enrolled_at: datetime
    enrolled_by: str
    last_seen: datetime
    clock_offset_s: float | None
    unsent: int | None
    list_age_s: float | None
    app_version: str | None
    gaps: list[Numbers]


class OneTimeCode(BaseModel):
    """A code that enrols one device."""

    code: str
    gate_id: str
    expires_at: datetime


class Minute(BaseModel):
    """A minute at a gate."""

    model_config = ConfigDict(populate_by_name=True)

    at: datetime
    came_in: int = Field(alias="in")
    went_out: int = Field(alias="out")
    deny: int
    recheck: int
    reasons: Mapping[str, int] = {}


class Flow(BaseModel):
    """The minutes of a window in which a scan was made."""

    since: datetime
    until: datetime
    items: list[Minute]


class ReasonText(BaseModel):
    """Why a gate decides as it does, in two languages."""

    code: str
    zh: str
    en: str


class PlacePresence(BaseModel):
    """How many residents are inside a compound or workplace."""

    area_path: str
    inside: int


class Presence(BaseModel):
    """How many residents are inside the places within a path."""

    within: str
    inside: int
    places: list[PlacePresence]


class Review(BaseModel):
    """What an officer concluded of an alert."""

    officer: str
    outcome: str
    note: str
    at: datetime


class Alert(BaseModel):
    """An alert with its reviews."""

    alert_id: str
    rule: str
    subject: str
    resident_id: str | None
    scan_id: str | None
    device_id: str | None = None
    gate_id: str
    gate_name: str | None = None
    area_path: str
    at: datetime
    temperature_c: float | None
    detail: str | None = None
    reviews: list[Review] = []


class NamedPlace(BaseModel):
    """A place's path and name."""

    path: str
    name: str


class PlaceNames(BaseModel):
    """Names of places by a batch look-up."""

    items: list[NamedPlace]
