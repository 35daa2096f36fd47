"""Who answers for a case: keeper, doctor and community of a door, by the place tree."""

from dataclasses import replace

from services.isolation.domain.cases import Case
from services.isolation.usecases import Deps
from shared.base.area import ancestors
from shared.base.errors import NotYet
from shared.events.registration import Duty, PlaceLevel


def assign(deps: Deps, case: Case, keeper_id: str | None) -> Case:
    """Name the keeper and the doctor: the resident's own keeper first, else the one of the nearest place."""
    if not deps.places.replica.ready:
        raise NotYet("the place tree has not been read yet")
    keepers = deps.places.keepers(case.area_path, Duty.KEEPER, Duty.GRID_LEADER)
    doctors = deps.places.keepers(case.area_path, Duty.DOCTOR)
    return replace(case, keeper_id=keeper_id or next(iter(keepers), None), doctor_id=next(iter(doctors), None))


def same_community(deps: Deps, path: str, other: str) -> bool:
    """Whether two doors lie in one community; not where the city knows none for a door. Raises `NotYet`."""
    if not deps.places.replica.ready:
        raise NotYet("the place tree has not been read yet")
    community = _community(deps, path)
    return community is not None and community == _community(deps, other)


def _community(deps: Deps, path: str) -> str | None:
    places = (deps.places.at(above) for above in ancestors(path))
    return next((place.path for place in places if place and place.level is PlaceLevel.COMMUNITY), None)
