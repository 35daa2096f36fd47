"""The keeper sees a masked name and the year of birth where the policy says so, and that is recorded."""

from typing import Any

import pytest

from shared.base.gate_names import GateName, GateNames, packed
from shared.base.ids import new_id
from shared.events.checkpoint import CredentialKind
from shared.events.registration import ResidentRegistered
from tests.checkpoint.gate import COMPOUND, DOOR, Gate, lives, scan
from tests.checkpoint.test_probing import OTHER_COMMUNITY, let_hold, number

NAME = GateName("王**", 1953)


def registered(gate: Gate, n: int = 1, home: str = DOOR, key: bytes | None = None) -> str:
    """Let a resident with a gate name, an ID number and a card live there; return the resident's id."""
    resident = new_id()
    hashes = {"id_number_hash": gate.hash_of("id_number", number(n)), "cards": [gate.hash_of("card", f"K-{n}")]}
    fields = lives(resident, **hashes).model_dump(exclude={"area_path", "gate_seal"})  # type: ignore[arg-type]
    sealed = GateNames(key or gate.service.deps.id_hash_key).seal(NAME, resident)
    gate.learns(ResidentRegistered(**fields, area_path=home, gate_seal=sealed))
    return resident


async def person(gate: Gate, kind: str, value: str, **more: Any) -> Any:
    return (await gate.answer(scan(kind, value, **more))).get("person")


async def test_by_an_id_number_or_a_card_the_keeper_sees_who_it_is_and_by_a_code_not(gate: Gate) -> None:
    resident = registered(gate)
    seen = {"name": "王**", "birth_year": 1953}
    assert await person(gate, "id_number", number(1)) == seen
    assert await person(gate, "card", "K-1") == seen
    assert await person(gate, "code", gate.code(resident)) is None
    assert [passage.named for passage in gate.passages] == [True, True, False]


@pytest.mark.parametrize(
    ("compared_for", "seen"),
    [((), [False, False]), ((CredentialKind.CODE,), [False, True]), ((CredentialKind.ID_NUMBER,), [True, False])],
)
async def test_for_which_credentials_is_the_checkpoints_policy(
    gate: Gate, compared_for: tuple[CredentialKind, ...], seen: list[bool]
) -> None:
    let_hold(gate, compared_for=compared_for)
    resident = registered(gate)
    answers = [await person(gate, "id_number", number(1)), await person(gate, "code", gate.code(resident))]
    assert [one is not None for one in answers] == seen


async def test_of_strangers_of_elsewhere_and_after_the_fact_the_keeper_sees_no_name(gate: Gate) -> None:
    registered(gate)
    registered(gate, 2, OTHER_COMMUNITY)
    assert await person(gate, "id_number", number(2)) is None
    assert await person(gate, "id_number", number(3)) is None
    assert await person(gate, "id_number", number(1), mode="cached") is None
    assert {passage.named for passage in gate.passages} == {False}


async def test_on_board_a_vehicle_each_person_is_compared(gate: Gate) -> None:
    registered(gate)
    answer = await gate.answer(scan("plate", "津A12345", on_board=[{"kind": "card", "value": "K-1"}]))
    assert answer["on_board"] == [{"verdict": "allow", "reasons": [], "person": {"name": "王**", "birth_year": 1953}}]
    assert [passage.named for passage in gate.passages] == [False, True]


async def test_a_resident_without_a_name_for_the_gate_is_decided_as_ever(gate: Gate) -> None:
    gate.learns(lives(new_id(), cards=[gate.hash_of("card", "K-9")]))
    registered(gate, 1, key=bytes(32))  # sealed with another key
    for value in ("K-9", "K-1"):
        answer = await gate.answer(scan("card", value))
        assert (answer["verdict"], "person" in answer) == ("allow", False)


async def test_seeing_a_name_is_recorded_once_a_day_as_every_reading_of_personal_data(gate: Gate) -> None:
    resident = registered(gate)
    for _ in range(2):
        await person(gate, "card", "K-1")
    await person(gate, "code", gate.code(resident))
    for _ in range(2):
        await gate.service.receive(*gate.passages)
    async with gate.service.client("auditor", area=COMPOUND) as auditor:
        rows = (await auditor.get("/v1/readings", params={"subject": resident})).json()["items"]
    assert [(row["kind"], row["reader"], row["subject"]) for row in rows] == [("gate_name", "device-1", resident)]


async def test_nothing_on_the_bus_holds_a_name_in_clear(gate: Gate) -> None:
    resident = registered(gate)
    await person(gate, "card", "K-1")
    assert "王" not in gate.passages[-1].model_dump_json()
    sealed = GateNames(bytes(32)).seal(NAME, resident)
    assert "王" not in sealed
    assert len(packed(sealed) or b"") <= 48  # a replica of all residents stays small


def test_a_seal_opens_for_its_resident_and_its_key_alone() -> None:
    names = GateNames(bytes(32))
    sealed = packed(names.seal(NAME, "r1"))
    assert sealed is not None
    assert names.open(sealed, "r1") == NAME
    assert [names.open(sealed, "r2"), GateNames(bytes(31) + b"1").open(sealed, "r1")] == [None, None]
    assert [packed(None), packed("no seal"), names.open(b"short", "r1")] == [None, None, None]
