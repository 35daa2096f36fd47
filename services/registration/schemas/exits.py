"""Bodies about exit permissions."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.exit_policies import ExitNeed
from services.registration.domain.exits import MOST_GATES, MOST_TRAVELLERS, ExitReason
from services.registration.schemas import Body, Id, Reason, View
from services.registration.schemas.journeys import Plate
from services.registration.schemas.zones import Moment
from shared.envelope.open_enum import KNOWN
from shared.events.registration_exits import ExitReach, ExitState

CheckpointId = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]


class TravellerBody(Body):
    """A person who leaves; `tested_at` is when the test was taken whose negative result was seen."""

    resident_id: Id
    tested_at: Moment | None = None


class ExitBody(Body):
    """A permission to leave that is asked for. The client makes `exit_id` (UUIDv7), so that a repeat is harmless.

    The first of the `travellers` is the person, the others are of the same household. With `gates`, ids of
    checkpoints, the pass holds there alone; `exits` is how often each traveller leaves (0: any number, where the
    policy has it so).
    """

    several_lines = frozenset({"note"})

    exit_id: Id
    reach: Annotated[ExitReach, KNOWN]
    travellers: Annotated[tuple[TravellerBody, ...], Field(min_length=1, max_length=MOST_TRAVELLERS)]
    reason: ExitReason
    since: Moment
    until: Moment
    destination: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    plate: Plate = ""
    exits: Annotated[int, Field(ge=0, le=60)] = 0
    gates: Annotated[tuple[CheckpointId, ...], Field(max_length=MOST_GATES)] = ()


class ExitReasonBody(Body):
    """Why a permission is refused or revoked; the person reads it."""

    reason: Reason


class TravellerView(View):
    """A person who leaves, and when the test was taken."""

    resident_id: str
    tested_at: datetime | None


class UnmetItem(View):
    """What a traveller lacks for the approval, by the policy in force."""

    resident_id: str
    need: ExitNeed


class ExitView(View):
    """A permission to leave: what was asked for, what it lacks, who decided, and how it ended.

    `ended_for` is the reason of the official who revoked it, or `colour_changed`: a traveller is green no more.
    """

    exit_id: str
    reach: ExitReach
    state: ExitState
    resident_id: str
    travellers: list[TravellerView]
    household_id: str
    area_path: str
    reason: ExitReason
    since: datetime
    until: datetime
    destination: str
    note: str
    plate: str
    exits: int
    gates: list[str]
    policy_since: str
    policy_source: str
    unmet: list[UnmetItem]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    refusal: str
    ended_by: str | None
    ended_at: datetime | None
    ended_for: str


class ExitPassView(View):
    """A traveller's pass (健康通行码): the signed text of its QR code, and the masked name that stands on it."""

    exit_id: str
    reach: ExitReach
    since: datetime
    until: datetime
    exits: int
    gates: list[str]
    plate: str
    pass_text: str
    masked_name: str


class ExitPolicyItem(View):
    """What leaving so far takes from a day on: an example policy with its source."""

    reach: ExitReach
    since: str
    source: str
    needs: list[ExitNeed]
    test_hours: int
    longest_days: int
    ahead_days: int
    most_exits: int
    two_people: bool
