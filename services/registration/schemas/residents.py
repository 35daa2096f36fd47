"""Bodies about residents, their special care and how they are reached."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.persons import Care
from services.registration.schemas import Body, PersonId, Reason, View
from shared.base import normal_form
from shared.web.texts import typed


class Counts(View):
    """How many are registered in an area."""

    households: int
    residents: int


class ResidentView(View):
    """A resident file as its own community sees it."""

    resident_id: str
    household_id: str
    area_path: str
    name: str
    phone: str | None
    categories: list[str]
    keeper_id: str | None


class ResidentItem(View):
    """A resident in a list: no personal data."""

    resident_id: str
    household_id: str
    area_path: str
    categories: list[str]


class PassingItem(View):
    """That a card went from one resident to another."""

    from_id: str
    to_id: str
    by: str
    at: datetime
    reason: str


class CardView(View):
    """A card of a resident, and how it was passed on; its number is not kept."""

    resident_id: str
    passings: list[PassingItem]


class CardBody(Body):
    """A card's number as it is printed, and why the resident gets it."""

    card: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    reason: Reason


class ChangedResident(ResidentItem):
    """A resident in a list of changes; `left`: the resident no longer lives here."""

    keeper_id: str | None
    left: bool


class FindBody(Body):
    """Find a resident by ID number; in a body, so that no address or log holds it."""

    id_number: Annotated[str, typed(normal_form.id_number), StringConstraints(min_length=18, max_length=18)]


class CareBody(Body):
    """Special-care categories of a resident and the one-to-one keeper (一对一包保)."""

    categories: list[Care] = Field(max_length=6)
    keeper_id: PersonId | None = None


class StaffBody(Body):
    """The subject of the token of the member of staff who a resident is; null where the resident is none."""

    person_id: PersonId | None


class ContactBody(Body):
    """How a person is reached; `urls` are Apprise addresses by channel (email, chat, sms, webhook)."""

    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    language: Annotated[str, StringConstraints(pattern="^(zh|en)$")] = "zh"
    urls: dict[str, Annotated[str, StringConstraints(max_length=500)]] = Field(default_factory=dict, max_length=5)
