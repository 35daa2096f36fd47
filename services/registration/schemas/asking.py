"""Bodies about the one search box."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints

from services.registration.domain.asked import Kind
from services.registration.schemas import Body
from services.registration.schemas.residents import NamedResident
from services.registration.usecases.asking import Matching
from shared.web.ids import MaybePath
from shared.web.pages import Page

MOST_MATCHING = 200


class LookUpBody(Body):
    """What a clerk types, in a body, so that no address or log holds it. `cursor` is the `next` of a page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "wxm", "limit": 50}]})

    text: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    cursor: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_MATCHING)] = 50
    within: MaybePath = ""


class MatchingResident(NamedResident):
    """A resident whom a text asks for: of the ID number the last four digits."""

    household_id: str
    masked_number: Annotated[str, Field(examples=["**************002X"])]
    categories: list[str]

    @classmethod
    def of_matching(cls, one: Matching) -> Self:
        """Return the resident as a search answers."""
        public = {"household_id": one.resident.household_id, "categories": list(one.resident.categories)}
        return cls.of(one.named, masked_number=one.number, **public)


class LookedUp(Page[MatchingResident]):
    """A page of residents, and by what they were looked up: the last of `looked_for`, as the others have no matches."""

    looked_for: list[Kind]
