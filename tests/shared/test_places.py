"""The place tree in memory, whatever the order in which its partitions are read."""

from typing import Any

from shared.base.clock import FixedClock
from shared.events.registration import Duty, Keeper, KeeperAssigned, PlaceDefined, PlaceLevel
from shared.replicas.places import Places
from tests.shared.samples import NOON, record_of, stamped


def place(
    place_id: str,
    path: str,
    *keepers: tuple[str, Duty],
    kind: type[Any] = PlaceDefined,
    name: str = "",
    closed: bool = False,
) -> Any:
    answerable = tuple(Keeper(person_id=person, duty=duty) for person, duty in keepers)
    facts = {"level": PlaceLevel.GRID, "code": path.rpartition("/")[2], "name": name or path, "keepers": answerable}
    return stamped(kind(place_id=place_id, path=path, closed=closed, **facts))


def read_places(*events: Any) -> Places:
    places = Places(FixedClock(NOON))
    places.replica.read(0, [record_of(event) for event in events])
    return places


def test_a_place_is_returned_by_its_path_and_named_by_the_nearest_above() -> None:
    places = read_places(place("p1", "/c", name="Jinhe"), place("p2", "/c/d", name="Hedong"))
    at_path = places.at("/c/d")
    assert at_path is not None
    assert at_path.place_id == "p2"
    assert places.name("/c/d/e/1/101") == "Hedong"
    assert places.name("/elsewhere") == "/elsewhere"


def test_the_keepers_of_the_nearest_place_come_first() -> None:
    places = read_places(
        place("p1", "/c", ("doctor-1", Duty.DOCTOR), ("keeper-1", Duty.KEEPER)),
        place("p2", "/c/d", ("keeper-2", Duty.KEEPER), ("keeper-3", Duty.KEEPER), ("leader-2", Duty.GRID_LEADER)),
    )
    assert places.keepers("/c/d/101", Duty.KEEPER) == ["keeper-2", "keeper-3"]
    assert places.keepers("/c/d/101", Duty.DOCTOR) == ["doctor-1"]
    assert places.keepers("/c/d/101", Duty.POLICE_CONTACT) == []


def test_an_older_event_never_undoes_a_newer_one() -> None:
    older, newer = place("p1", "/c", name="old"), place("p1", "/c", ("k", Duty.KEEPER), kind=KeeperAssigned, name="new")
    assert read_places(newer, older).name("/c") == "new"


def test_a_closed_place_is_no_longer_returned() -> None:
    assert read_places(place("p1", "/c"), place("p1", "/c", closed=True)).at("/c") is None


def test_a_place_that_moves_away_leaves_the_one_that_was_given_its_path_before_its_event_was_read() -> None:
    before = place("p1", "/c/d")
    moved, successor = place("p1", "/c/e"), place("p2", "/c/d")
    for events in ((before, moved, successor), (before, successor, moved)):
        places = read_places(*events)
        at_path, other = places.at("/c/d"), places.at("/c/e")
        assert at_path is not None
        assert other is not None
        assert (at_path.place_id, other.place_id) == ("p2", "p1")
