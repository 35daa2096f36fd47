"""Bodies about the place tree."""

from typing import Annotated

from pydantic import Field

from services.registration.schemas import Body, Code, Name, Path, PersonId, View
from shared.envelope.open_enum import KNOWN
from shared.events.registration import Duty, Keeper, PlaceLevel


class PlaceBody(Body):
    """A place below `parent` (a path); a city has none."""

    level: PlaceLevel
    code: Code
    name: Name
    parent: Path | None = None


class KeeperBody(Body):
    """A named person and the duty; `person_id` is the subject of that person's token."""

    person_id: PersonId
    duty: Annotated[Duty, KNOWN]


class KeepersBody(Body):
    """Who answers for a place (包保)."""

    keepers: list[KeeperBody] = Field(max_length=50)


class PlaceView(View):
    """A place and those who answer for it."""

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    keepers: list[Keeper]


class PathsBody(Body):
    """The paths of the places whose names are looked up."""

    paths: list[Path] = Field(max_length=500)


class NamedPlace(View):
    """A place by its path, and what it is called."""

    path: str
    name: str


class PlaceNames(View):
    """The names of the places that were found, in the order of the request."""

    items: list[NamedPlace]
