"""Bodies about the rights of a person: requests, answers, and the confirmations of an erasure."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, field_validator
from pydantic.config import JsonDict

from services.registration.domain.rights import Correctable, Counted, Identity, Obstacle
from services.registration.schemas import Body, Id, Reason, View
from services.registration.usecases.rights import Asked
from shared.events.registration_rights import RightKind, RightState

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


_EXAMPLE: JsonDict = {
    "request_id": "01936f5e-8f00-7000-8000-000000000001",
    "kind": "export",
    "identity": "paper_seen",
    "note": "身份证",
    "purpose": "本人申请",
}


class RightsBody(Body):
    """What a person asks for. The client makes `request_id` (UUIDv7), so that a repeat is harmless.

    `identity` states how the official recognized the person, `note` by which paper. A correction states `about`, the
    `wanted` value and its `evidence`; other requests leave them out.
    """

    several_lines = frozenset({"purpose", "evidence"})

    request_id: Id
    kind: RightKind
    identity: Identity = Identity.SIGNED_IN
    note: Words = ""
    purpose: Words = ""
    about: Correctable | None = None
    wanted: Words = ""
    evidence: Words = ""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    def take_down(self) -> Asked:
        """Return the request as it is taken down."""
        return Asked(**{name: getattr(self, name) for name in type(self).model_fields})


class AnswerBody(Body):
    """Why a request is granted or refused; the person reads it."""

    reason: Reason


class ConfirmationView(View):
    """That a service has erased the person: documents by kind of data, and those that stay by law."""

    service: str
    at: datetime
    removed: dict[str, int]
    kept: dict[str, int]

    @field_validator("removed", "kept", mode="before")
    @classmethod
    def by_kind(cls, counted: Iterable[Counted]) -> dict[str, int]:
        """Return the numbers of documents by kind of data."""
        return {one.kind: one.documents for one in counted}


class RightsView(View):
    """A request: what was asked, when it is due by which policy, what became of it.

    `obstacles` delay an erasure now. `confirmed` are the services that have erased the person, `awaited` the others.
    `copy_ready`: the copy can be fetched, until `copy_until`.
    """

    request_id: str
    resident_id: str
    area_path: str
    kind: RightKind
    asked_by: str
    asked_at: datetime
    due_at: datetime
    policy_since: date
    policy: Annotated[str, Field(description="The source of the policy that gave the deadline")]
    overdue: bool
    identity: Identity
    note: str
    purpose: str
    about: Correctable | None
    wanted: str
    evidence: str
    state: RightState
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    obstacles: list[Obstacle]
    copy_until: datetime | None
    copy_ready: bool
    confirmed: list[ConfirmationView]
    awaited: list[str]
