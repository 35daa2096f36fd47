"""Checkpoints and their policies over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from services.checkpoint.schemas.gates import AreaPath, Name
from shared.base import normal_form
from shared.envelope.open_enum import KNOWN
from shared.events.checkpoint import (
    AdmissionRule,
    CheckpointKind,
    CredentialKind,
    ElsewhereRule,
    ExitRule,
    Policy,
    VisitorRule,
)
from shared.events.registration_exits import ExitReach
from shared.web.request_body import Body as Body

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class CheckpointBody(Body):
    """A checkpoint (卡口): what it guards, and where."""

    name: Name
    kind: CheckpointKind
    area_path: AreaPath


class CheckpointView(BaseModel):
    """A checkpoint (卡口): what it guards, and where."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    kind: CheckpointKind
    area_path: str
    checkpoint_id: str


class PolicyBody(Body):
    """What holds at a checkpoint, and why: `reason` stays in the store.

    `fever_over_c` is in degrees Celsius: over it is a fever, and at it too with `fever_at_limit`; `curfew` is two
    local times, within which people leave with a permit only; `watched_plates` are beginnings of plates. Scans of a
    person at a gate, in one direction, within `repeat_within_s` seconds are one crossing; `anti_passback` alerts when
    a person comes in twice without going out. After `unknown_per_minute` unknown cards and numbers at a device, it
    looks up none for a minute; residents of other communities are answered as unknown ones unless `elsewhere` is
    `known`. A person at a second compound within `second_compound_minutes` is checked by hand. `compared_for`: for
    which credentials the keeper sees a masked name. Of a household `quota_persons` leave in `quota_days` days of the
    city (0: any number), and with `reveals_outings` the keeper sees, masked, who of it has been out. Where
    the gate `leads_out` of the city or the province, people leave by a pass that reaches so far.
    """

    fever_over_c: float = 37.3
    fever_at_limit: bool = False
    mask_required: bool = True
    exits: ExitRule = ExitRule.FREE
    curfew: tuple[str, str] | None = None
    visitors: VisitorRule = VisitorRule.MEASURED
    admission: AdmissionRule = AdmissionRule.ANYONE
    watched_plates: tuple[Annotated[str, AfterValidator(normal_form.plate)], ...] = ()
    repeat_within_s: int = 5
    anti_passback: bool = False
    unknown_per_minute: int = 30
    elsewhere: ElsewhereRule = ElsewhereRule.UNKNOWN
    second_compound_minutes: int = 5
    compared_for: tuple[CredentialKind, ...] = (CredentialKind.CARD, CredentialKind.ID_NUMBER)
    quota_persons: int = 0
    quota_days: int = 0
    reveals_outings: bool = False
    leads_out: Annotated[ExitReach, KNOWN] | None = None
    reason: Reason


class PolicyView(Policy):
    """A policy, with who stated it, when and why."""

    model_config = ConfigDict(from_attributes=True)

    stated_by: str
    stated_at: datetime
    reason: str


class CheckpointRules(CheckpointView):
    """A checkpoint with what holds there at a time; null where the usual rules hold; `planned` begin after it."""

    holds: PolicyView | None
    planned: list[PolicyView]


class TrailLine(BaseModel):
    """What was done to a checkpoint, by whom, when and why; `since` and `policy` where it was about a policy."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    by: str
    what: str
    reason: str
    since: datetime | None = None
    policy: Policy | None = None
