"""Permits over HTTP: visitors and entries of lists."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.checkpoint.domain.permit import OPEN_ENDED, Purpose
from services.checkpoint.schemas.checkpoints import Body, Reason
from services.checkpoint.schemas.gates import PlaceId
from shared.base import normal_form
from shared.events.checkpoint import PermitKind
from shared.web.ids import Id
from shared.web.texts import typed
from shared.web.times import ZonedInstant

MOST_ENTRIES = 1_000

NewId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
Phone = Annotated[str, typed(normal_form.phone), StringConstraints(pattern=r"^\+?[0-9]{5,19}$")]
IdNumber = Annotated[str, typed(normal_form.id_number), StringConstraints(pattern=r"^[0-9A-Z]{5,20}$")]
Plate = Annotated[str, typed(normal_form.plate), StringConstraints(pattern=r"^\w{5,16}$")]
PersonName = Annotated[str, typed(normal_form.name), StringConstraints(min_length=1, max_length=100)]


def _stated_end(until: datetime) -> datetime | None:
    return None if until == OPEN_ENDED else until


End = Annotated[datetime | None, BeforeValidator(_stated_end)]


class VisitorBody(Body):
    """A visitor or courier. The client makes `permit_id` (UUIDv7), so that a repeat is harmless.

    A device names neither gate nor checkpoint: it registers at its own gate.
    """

    permit_id: NewId
    checkpoint_id: PlaceId | None = None
    gate_id: PlaceId | None = None
    name: PersonName
    phone: Phone
    purpose: Purpose
    until: ZonedInstant
    host_resident_id: Id | None = None
    id_number: IdNumber | None = None
    plate: Plate | None = None


class SlipView(BaseModel):
    """What a visitor is given: the code to show the next times, with its QR code as an SVG."""

    permit_id: str
    slip: str
    qr_svg: str
    area_path: str
    checkpoint_id: str | None
    since: datetime
    until: datetime


class WithdrawalView(BaseModel):
    """Who withdrew a permit, when and why."""

    model_config = ConfigDict(from_attributes=True)

    by: str
    at: datetime
    reason: str


class PermitView(BaseModel):
    """A permit, without personal data; `until` is null where it holds until it is withdrawn."""

    model_config = ConfigDict(from_attributes=True)

    permit_id: str
    kind: PermitKind
    area_path: str
    checkpoint_id: str | None
    resident_id: str | None
    since: datetime
    until: End
    granted_by: str
    granted_at: datetime
    withdrawn: WithdrawalView | None


class VisitorView(PermitView):
    """A visitor with the personal data stated at the gate; reading it is recorded."""

    purpose: Purpose
    host_resident_id: str | None
    name: str
    phone: str
    id_number: str | None
    plate: str | None


class EntriesBody(Body):
    """Whom and what a checkpoint's gates serve; without `until`, until they are taken off the list."""

    resident_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_ENTRIES)] = ()
    plates: Annotated[tuple[Plate, ...], Field(max_length=MOST_ENTRIES)] = ()
    until: ZonedInstant | None = None


class DismissalBody(Body):
    """Who and what is taken off a checkpoint's list, and why."""

    resident_ids: Annotated[tuple[Id, ...], Field(max_length=MOST_ENTRIES)] = ()
    plates: Annotated[tuple[Plate, ...], Field(max_length=MOST_ENTRIES)] = ()
    reason: Reason


class ChangedView(BaseModel):
    """How many entries of a list changed; the others were as asked for."""

    changed: int


class EntryView(PermitView):
    """An entry of a list: a resident, or a vehicle by part of its plate."""

    label: str | None


class WithdrawalBody(Body):
    """Why a permit is withdrawn; it stays in the store."""

    reason: Reason
