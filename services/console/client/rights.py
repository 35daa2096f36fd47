"""What services answer about the rights of a person: requests, and the parts of a copy of the own data (N11)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel

from services.console.client.apis import ApiAway, ApiRefused, Caller
from services.console.client.joined import SERVICES
from shared.base.json_types import Json
from shared.base.persons import same_person

FORM = "lastmetre.personal-data.v1"
_NOT_FOUND = 404
WITHIN_S = 20.0  # a service that takes longer is named as missing


class Confirmation(BaseModel):
    """That a service has erased the person: documents by kind, and those that stay by law."""

    service: str
    at: datetime
    removed: dict[str, int]
    kept: dict[str, int]


class RightsRequest(BaseModel):
    """A request: what was asked, when it is due by which policy, what became of it."""

    request_id: str
    resident_id: str
    area_path: str
    kind: str
    asked_by: str
    asked_at: datetime
    due_at: datetime
    policy_since: date
    policy: str
    overdue: bool
    identity: str
    note: str
    purpose: str
    about: str | None
    wanted: str
    evidence: str
    state: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str
    obstacles: list[str]
    copy_until: datetime | None
    copy_ready: bool
    confirmed: list[Confirmation]
    awaited: list[str]

    def is_of(self, subject: str) -> bool:
        """Whether this person took it down, or it is about this person."""
        return same_person(subject, self.asked_by) or same_person(subject, self.resident_id)


class HeldKind(BaseModel):
    """The documents of a kind, and what an erasure does with them."""

    kind: str
    then: str
    why: str
    rows: list[Json]
    more: bool


class Held(BaseModel):
    """What one service holds of a person."""

    service: str
    person_id: str
    kinds: list[HeldKind]


@dataclass(frozen=True)
class Copy:
    """A copy of the data of a person: the parts that came, and the services that did not answer."""

    person_id: str
    made_at: datetime
    parts: Sequence[Held]
    missing: Sequence[str]

    def as_json(self) -> Json:
        """Return the copy in its documented form."""
        return {
            "form": FORM,
            "person_id": self.person_id,
            "made_at": self.made_at.isoformat(),
            "missing": list(self.missing),
            "parts": [part.model_dump(mode="json") for part in self.parts],
        }


async def fetch_copy(api: Caller, person_id: str, purpose: str, now: datetime) -> Copy:
    """Ask each service for its part, with the caller's token. Raises `ApiRefused` where one refuses it.

    A service that does not know the person holds nothing.
    """

    async def ask(name: str) -> Held | None:
        path = f"/v1/personal-data/{person_id}"
        try:
            return await api.get(name, path, Held, WITHIN_S, purpose)
        except ApiAway:
            return None
        except ApiRefused as error:
            if error.status != _NOT_FOUND or name == "registration":
                raise
            return Held(service=name, person_id=person_id, kinds=[])

    answers = dict(zip(SERVICES, await asyncio.gather(*map(ask, SERVICES)), strict=True))
    parts = [part for part in answers.values() if part]
    return Copy(person_id, now, parts, [name for name, part in answers.items() if part is None])
