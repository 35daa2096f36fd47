"""A code, a card or a number of a merged file opens the gate as the person of the file that stays (R1.12)."""

from datetime import UTC, datetime

from services.checkpoint.replicas.credentials import Credentials
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.envelope.event import Meta
from shared.events.registration import ResidentEvent, ResidentMoved, ResidentRegistered, ResidentsMerged
from shared.events.registration import ResidentsUnmerged as Unmerged

AT = datetime(2026, 2, 10, 9, tzinfo=UTC)
FIRST, SECOND = "01950000-0000-7000-8000-000000000001", "01950000-0000-7000-8000-000000000002"
HOMES = {FIRST: "/jinhe/c01/p01/1/1/101", SECOND: "/jinhe/c01/p01/2/1/202"}


def _event(kind: type[ResidentEvent], who: str, **facts: object) -> ResidentEvent:
    about = {"resident_id": who, "household_id": f"h-{who}", "area_path": HOMES[who], "id_number_hash": f"n-{who}"}
    made = kind(**(about | {"card_hashes": (f"c-{who}",)} | facts))  # type: ignore[arg-type]
    return made.stamped(Meta(new_id(), AT, "registration", new_id()))


def _merged(**facts: object) -> ResidentEvent:
    return _event(ResidentsMerged, SECOND, left=True, merged_into=FIRST, **facts)


def _credentials(*events: ResidentEvent) -> Credentials:
    known = Credentials(FixedClock(AT))
    for event in events:
        known._apply(event)
    return known


def test_the_number_and_the_card_of_a_merged_file_are_the_survivors_in_any_order_of_the_events() -> None:
    first, second, merged = _event(ResidentRegistered, FIRST), _event(ResidentRegistered, SECOND), _merged()
    for events in ((first, second, merged), (merged, second, first), (first, merged, merged, second)):
        known = _credentials(*events)
        assert known.holders(f"n-{SECOND}") == (FIRST,)
        assert known.holders(f"c-{SECOND}") == (FIRST,)
        assert (known.survivor(SECOND), known.home(SECOND)) == (FIRST, HOMES[FIRST])
        assert known.ids_of(FIRST) == (FIRST, SECOND)


def test_an_unmerge_gives_each_file_its_own_again() -> None:
    first, second = _event(ResidentRegistered, FIRST), _event(ResidentRegistered, SECOND)
    known = _credentials(first, second, _merged(), _event(Unmerged, SECOND))
    assert known.holders(f"n-{SECOND}") == (SECOND,)
    assert (known.survivor(SECOND), known.ids_of(FIRST)) == (SECOND, (FIRST,))


def test_where_the_survivor_has_left_the_merged_file_opens_nothing() -> None:
    known = _credentials(_event(ResidentRegistered, FIRST), _merged(), _event(ResidentMoved, FIRST, left=True))
    assert known.holders(f"n-{SECOND}") == ()
