"""Bodies about residents, their special care and how they are reached."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.registration.domain.persons import Care
from services.registration.schemas import Body, Id, PersonId, Reason, View
from shared.base import id_numbers, normal_form
from shared.web.ids import MaybePath
from shared.web.pages import LARGEST_PAGE, PAGE
from shared.web.texts import typed

MOST_NAMES = 500


class Counts(View):
    """How many are registered in an area."""

    households: int
    residents: int


class ResidentView(View):
    """A resident file as its own community sees it; `import_id` opened it. `left`: the person does not live here."""

    resident_id: str
    household_id: str
    area_path: str
    name: str
    phone: str | None
    categories: list[str]
    keeper_id: str | None
    left: bool
    import_id: str | None


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


class NamesBody(Body):
    """The residents whose names a list or a file needs, in a body, so that no address or log holds them."""

    resident_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_NAMES)]


class NamedResident(View):
    """A resident as staff know them: the name, the door in words and the phone."""

    resident_id: str
    area_path: str
    name: str
    door: str
    phone: str | None


class NamesView(View):
    """Those of the residents who are in the caller's area, in no order."""

    items: list[NamedResident]


def whole_number(text: str) -> str:
    """Return an ID number as it is typed, of 15 digits too, as one of 18."""
    return id_numbers.whole(normal_form.id_number(text))


class FindBody(Body):
    """Find a resident by ID number, of 15 digits too; in a body, so that no address or log holds it."""

    id_number: Annotated[str, typed(whole_number), StringConstraints(min_length=18, max_length=18)]


Searched = Annotated[str, StringConstraints(min_length=1, max_length=200)] | None


class SearchBody(Body):
    """What is searched for, in a body, so that no address or log holds it: one of `q`, `phone` and `door`.

    `q` is the beginning of a name. `cursor` is the `next` of a page.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"q": "王小", "limit": 50}]})

    q: Searched = None
    phone: Searched = None
    door: Searched = None
    cursor: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE
    sort: Annotated[str, StringConstraints(max_length=40)] = ""
    within: MaybePath = ""

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if [self.q, self.phone, self.door].count(None) != 2:
            raise ValueError("one of q, phone and door: send one, without the others")
        return self


class IdentifyBody(Body):
    """An ID number, or the beginning of a name; in a body, so that no address or log holds it."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    cursor: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_NAMES)] = 50


class CareBody(Body):
    """Special-care categories of a resident and the one-to-one keeper (一对一包保)."""

    categories: list[Care] = Field(max_length=6)
    keeper_id: PersonId | None = None


class StaffBody(Body):
    """The subject of the token of the member of staff who a resident is; null where the resident is none."""

    person_id: PersonId | None
