"""What a service holds of one person, for the copy of the own data that the law grants (N11): each service has it."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel

from shared.base.errors import NotFound
from shared.base.json_types import Json
from shared.store.personal_data import PersonalData
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import PersonId

COPY = "personal_data"
OFFICE = (Role.CITY, Role.COMMUNITY)

router = api_router("personal-data", about="What this service holds of a person, kind by kind.")


class HeldView(BaseModel):
    """The documents of a kind, in the form in which they are kept; `more`: there are more than an answer holds.

    `then` states what an erasure does with them: `delete`, `blank` (what names the person goes) or `keep`, and `why`.
    """

    kind: str
    then: str
    why: str
    rows: list[Json]
    more: bool


class PersonalDataView(BaseModel):
    """What one service holds of a person, who has read it among it."""

    service: str
    person_id: str
    kinds: list[HeldView]


async def _personal(request: Request) -> PersonalData:
    personal: PersonalData = request.app.state.deps.personal
    return personal


Personal = Annotated[PersonalData, Depends(_personal)]
Caller = Annotated[Principal, Depends(allow(*OFFICE, Role.RESIDENT))]


@router.get("/personal-data/{person_id}")
async def copy_personal_data(
    person_id: PersonId, personal: Personal, caller: Caller, disclosures: Disclosing, purpose: Reading
) -> PersonalDataView:
    """Return all that this service holds of a person, to the person or to the office of the person's area.

    The office states the purpose in the header `Lastmetre-Purpose`; the reading is recorded.
    """
    home = await personal.home(person_id)
    if home is None or not caller.may_see(home, OFFICE, (person_id,)):
        raise NotFound("access.not_found", "The person was not found in your area")
    if person_id not in (caller.subject, caller.resident_id):
        await disclosures.record(caller, COPY, person_id, home, purpose.required())
    kinds = [
        HeldView(kind=held.kind.name, then=held.kind.then.value, why=held.kind.why, rows=held.rows, more=held.more)
        async for held in personal.held(person_id)
        if held.rows
    ]
    return PersonalDataView(service=personal.service, person_id=person_id, kinds=kinds)
