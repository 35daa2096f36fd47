"""What the gate keeps in memory: only a complete list makes a resident green, and the newest event counts."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import pytest_asyncio

from services.checkpoint.replicas import Credentials, Exceptions, Gates
from services.checkpoint.settings import Settings
from shared.base.ids import new_id
from shared.envelope.event import Event, Meta, encode
from shared.events.registration import Colour, CredentialsChanged, ResidentMoved
from tests.checkpoint.gate import COMPOUND, DOOR, NOW, Gate, build, gate_at, lives, scan, standing
from tests.conftest import MakeService
from tests.support.waiting import PATIENCE_S


class Record:
    """An event as a replica reads it."""

    def __init__(self, event: Event, identity: str) -> None:
        wire = encode(event.stamped(Meta(identity, NOW, "registration", "")))
        self.headers, self.key, self.value, self.offset = wire.headers, wire.key, wire.value, 0


def records_of(*events: Event) -> list[Record]:
    """Return the events as records, with ids in the order of their publication."""
    return [Record(event, new_id()) for event in events]


async def ignorant(service: MakeService) -> Gate:
    gate = Gate(await service(build, Settings, at=NOW))
    await gate.open(PATIENCE_S)
    return gate


@pytest_asyncio.fixture
async def loading(service: MakeService) -> Any:
    """A gate whose lists are still being read."""
    gate = await ignorant(service)
    yield gate
    await gate.close()


async def test_before_the_list_is_complete_no_resident_is_green_and_the_answer_says_so(loading: Gate) -> None:
    answer = await loading.answer(scan("code", loading.code(new_id())))
    assert (answer["verdict"], answer["reasons"]) == ("recheck", ["standings_unavailable"])
    assert (answer["standing_as_of"], answer["durable"]) == (None, True)


async def test_before_the_list_is_complete_what_it_says_of_green_does_not_count(loading: Gate) -> None:
    resident = new_id()
    loading.learns(standing(resident, Colour.GREEN), complete=False)
    assert (await loading.answer(scan("code", loading.code(resident))))["reasons"] == ["standings_unavailable"]


async def test_before_the_list_is_complete_whom_it_names_already_is_held(loading: Gate) -> None:
    resident = new_id()
    loading.learns(standing(resident, Colour.RED, isolated=True), complete=False)
    answer = await loading.answer(scan("code", loading.code(resident), direction="out"))
    assert (answer["verdict"], answer["reasons"]) == ("deny", ["isolated_no_exit"])


async def test_before_the_list_is_complete_a_code_that_is_red_itself_is_red(loading: Gate) -> None:
    answer = await loading.answer(scan("code", loading.code(new_id(), Colour.RED), direction="out"))
    assert answer["verdict"] == "deny"


async def test_before_the_list_is_complete_visitors_pass_since_no_list_names_them(loading: Gate) -> None:
    assert (await loading.answer(scan("visitor")))["verdict"] == "allow"


async def test_the_office_waits_for_the_gates_to_be_read_and_nothing_is_refused_meanwhile(loading: Gate) -> None:
    office = loading.service.client("community")
    response = await office.post("/v1/scans/batch", json=[scan(), scan()])
    assert (response.status_code, response.json()["code"]) == (503, "server.starting")
    assert response.headers["retry-after"]
    assert loading.passages == []
    loading.learns(gate_at(COMPOUND))
    assert (await office.post("/v1/scans/batch", json=[scan()])).json()[0]["verdict"] == "allow"


async def test_the_list_says_how_new_it_is(gate: Gate) -> None:
    gate.service.clock.advance(timedelta(minutes=7))
    first = await gate.answer(scan())
    gate.learns()
    second = await gate.answer(scan())
    assert first["standing_as_of"] == NOW.isoformat().replace("+00:00", "Z")
    assert second["standing_as_of"] == (NOW + timedelta(minutes=7)).isoformat().replace("+00:00", "Z")


def read(replica: Any, records: Sequence[Record]) -> None:
    replica.expect({0})
    replica.read(0, records)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_older_word_on_a_colour_changes_nothing_after_a_newer_one(order: tuple[int, ...]) -> None:
    records = records_of(
        standing("r1", Colour.YELLOW, since=NOW - timedelta(days=3)),
        standing("r1", Colour.GREEN, since=NOW - timedelta(days=2)),
        standing("r1", Colour.RED, isolated=True, since=NOW - timedelta(days=1)),
    )
    exceptions = Exceptions(clock=None)  # type: ignore[arg-type]  # only `run` looks at the clock
    read(exceptions.replica, [records[at] for at in order] + records[:1])
    current = exceptions.standing("r1")
    assert current is not None
    assert (current.colour, current.isolated) == (Colour.RED, True)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_card_that_was_given_to_another_resident_is_theirs_in_whatever_order_the_events_come(
    order: tuple[int, ...],
) -> None:
    first, given, taken = records_of(lives("r1", cards=["c"]), lives("r2", cards=["c"]), lives("r1", cards=[]))
    credentials = Credentials(clock=None)  # type: ignore[arg-type]
    changes = [given, taken]
    read(credentials.replicas[0], [first, *(changes[at] for at in order)])
    assert credentials.holders("c") == ("r2",)


def test_a_lost_card_and_a_changed_number_open_no_gate() -> None:
    credentials = Credentials(clock=None)  # type: ignore[arg-type]
    read(
        credentials.replicas[0],
        records_of(lives("r1", id_number_hash="n1", cards=["c"]), lives("r1", id_number_hash="n2")),
    )
    assert [credentials.holders(credential) for credential in ("n1", "c", "n2")] == [(), (), ("r1",)]
    assert credentials.home("r1") == DOOR
    assert credentials.home("r2") is None


def test_an_older_definition_of_a_gate_changes_nothing_after_a_newer_one() -> None:
    older, newer = records_of(gate_at(COMPOUND), gate_at(f"{COMPOUND}x", closed=True))
    gates = Gates(clock=None)  # type: ignore[arg-type]
    read(gates.replica, [newer, older])
    current = gates.get("gate-p01")
    assert current is not None
    assert current.closed


def test_a_resident_whose_events_carry_no_hashes_yet_is_known_from_the_topic_before() -> None:
    bare = ResidentMoved(resident_id="r1", household_id="h2", area_path=DOOR)
    before = CredentialsChanged(resident_id="r1", area_path=DOOR, id_number_hash="n1", card_hashes=("c",))
    first, moved = records_of(before, bare)
    credentials = Credentials(clock=None)  # type: ignore[arg-type]
    for replica, record in zip(credentials.replicas, (moved, first), strict=True):
        read(replica, [record])
    assert [credentials.holders(credential) for credential in ("n1", "c")] == [("r1",), ("r1",)]
    (newer,) = records_of(lives("r1", id_number_hash="n1"))
    read(credentials.replicas[0], [newer])
    read(credentials.replicas[1], [first])
    assert [credentials.holders(credential) for credential in ("n1", "c")] == [("r1",), ()]


def test_nothing_opens_a_gate_for_who_has_left() -> None:
    left = ResidentMoved(resident_id="r1", household_id="h1", area_path=DOOR, id_number_hash="n1", left=True)
    credentials = Credentials(clock=None)  # type: ignore[arg-type]
    read(credentials.replicas[0], records_of(lives("r1", id_number_hash="n1"), left))
    assert credentials.holders("n1") == ()
