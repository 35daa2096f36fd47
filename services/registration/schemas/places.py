"""Bodies about the place tree."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from services.registration.domain.responsibility import Period
from services.registration.domain.staff import StaffMember
from services.registration.schemas import Body, Code, Name, Path, PersonId, View
from services.registration.usecases.responsibility import Answerable
from shared.envelope.open_enum import KNOWN
from shared.events.registration import Duty, Keeper, PlaceLevel
from shared.web.times import Day

KnownKeeperDuty = Annotated[Duty, KNOWN]


class PlaceBody(Body):
    """A place below `parent` (a path); a city has none."""

    level: PlaceLevel
    code: Code
    name: Name
    parent: Path | None = None


class KeeperBody(Body):
    """A named person and the duty; `person_id` is the subject of that person's token."""

    person_id: PersonId
    duty: KnownKeeperDuty


class KeepersBody(Body):
    """Who answers for a place (包保) from the day `since` on, by default today."""

    keepers: list[KeeperBody] = Field(max_length=50)
    since: Day | None = None


class PlaceView(View):
    """A place and those who answer for it."""

    place_id: str
    level: PlaceLevel
    code: str
    name: str
    path: str
    keepers: list[Keeper]


class PeriodView(View):
    """That a person answers or answered for a place; `until` is the first day after.

    `since` is null where the person was named before periods were kept. `name` and `unit` are null for a person without
    an entry in the staff directory.
    """

    path: str
    person_id: str
    name: str | None
    unit: str | None
    duty: Duty
    since: date | None
    until: date | None
    named_by: str | None
    named_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None


class LevelView(View):
    """Those who answered for one place at or above what is asked for; `name` is null where the place has none."""

    path: str
    name: str | None
    keepers: list[PeriodView]


class ResponsibleView(View):
    """Who answered for a door or a place on a day: `nearest` of each duty, and all `levels` upwards."""

    path: str
    day: date
    nearest: list[PeriodView]
    levels: list[LevelView]


def period_view(one: Period, members: Mapping[str, StaffMember]) -> PeriodView:
    """Return a period with the name of the directory."""
    member = members.get(one.person_id)
    return PeriodView.of(one, name=member.name if member else None, unit=member.unit if member else None)


def responsible_view(path: str, day: date, given: Answerable) -> ResponsibleView:
    """Return who answered for a door or a place, by levels."""
    at = dict.fromkeys(one.path for one in given.levels)
    levels = [
        LevelView(
            path=above,
            name=given.places.get(above),
            keepers=[period_view(one, given.staff) for one in given.levels if one.path == above],
        )
        for above in at
    ]
    return ResponsibleView(
        path=path, day=day, nearest=[period_view(one, given.staff) for one in given.nearest], levels=levels
    )


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
