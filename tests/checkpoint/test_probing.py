"""A gate is no directory: a device that tries numbers learns nothing of strangers, and the gate goes on (R9)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.client.offline import judge
from services.checkpoint.client.recognition import recognised
from services.checkpoint.domain.decision import Measured
from services.checkpoint.usecases.budget import Budget
from services.checkpoint.usecases.sharing import share
from shared.base import id_numbers
from shared.base.ids import new_id
from shared.events.checkpoint import (
    AlertRaised,
    AlertRule,
    CheckpointDefined,
    CheckpointKind,
    Direction,
    ElsewhereRule,
    GateDefined,
    PermitChanged,
    PermitKind,
    Policy,
)
from shared.events.registration import Colour, ResidentRegistered
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate, lives, scan, standing
from tests.support.waiting import eventually

OTHER_COMMUNITY = AREA.rsplit("/", 1)[0] + "/c02/a1/g01/p01/1/1/101"
OTHER_COMPOUND = f"{AREA}/a2/g09/p09"
BUDGET = 5


def number(n: int) -> str:
    """Return the nth ID number with a right check digit."""
    first = f"12010319800101{n:03}"
    return next(first + last for last in "0123456789X" if id_numbers.is_checked(first + last))


def let_hold(gate: Gate, **policy: Any) -> None:
    gate.learns(GateDefined(gate_id=GATE, name="东门", area_path=COMPOUND, checkpoint_id="c1"))
    defined: dict[str, Any] = {"checkpoint_id": "c1", "name": "东门", "kind": CheckpointKind.COMPOUND}
    policies = (Policy(since=NOW - timedelta(days=40), **policy),)
    gate.learns(CheckpointDefined(**defined, area_path=COMPOUND, policies=policies))


def registered(gate: Gate, id_number: str, home: str, colour: Colour, *, isolated: bool = False) -> str:
    """Let a resident live there, known by the ID number; return the resident's id."""
    resident = new_id()
    known = lives(resident, id_number_hash=gate.hash_of("id_number", id_number))
    gate.learns(ResidentRegistered(**known.model_dump(exclude={"area_path"}), area_path=home))
    gate.learns(standing(resident, colour, isolated=isolated))
    return resident


async def reasons(gate: Gate, *credentials: tuple[str, str], **more: Any) -> list[list[str]]:
    return [(await gate.answer(scan(*one, **more)))["reasons"] for one in credentials]


def numbers(first: int, count: int) -> Sequence[tuple[str, str]]:
    return [("id_number", number(n)) for n in range(first, first + count)]


async def test_a_device_that_tries_numbers_is_held_for_a_minute_and_codes_still_pass(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    registered(gate, number(100), COMPOUND, Colour.RED)
    assert await reasons(gate, *numbers(0, BUDGET + 1)) == [["credential_unknown"]] * (BUDGET + 1)
    held = await gate.answer(scan("id_number", number(100)))
    assert (held["verdict"], held["reasons"], held["retry_after_s"]) == ("recheck", ["tries_held"], 61)
    assert gate.passages[-1].resident_id is None
    assert await reasons(gate, ("card", "K-100"), ("code", gate.code(new_id()))) == [["tries_held"], []]
    assert await reasons(gate, ("visitor", "V-7K2M9QXD"), ("plate", "津A12345")) == [[], ["person_not_shown"]]
    gate.service.clock.advance(timedelta(seconds=61))
    at = gate.service.clock.now().isoformat()
    assert await reasons(gate, ("id_number", number(100)), at=at) == [["code_red"]]


async def test_one_alert_names_the_device_that_tries_numbers_and_no_resident(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    await reasons(gate, *numbers(0, BUDGET + 4))
    await gate.service.receive(*gate.passages)
    (alert,) = [one for one in await gate.service.emitted(AlertRaised) if one.rule is AlertRule.PROBING]
    assert (alert.subject, alert.device_id, alert.resident_id) == ("device:device-1", "device-1", None)


async def test_another_device_of_the_gate_is_not_held(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    await reasons(gate, *numbers(0, BUDGET + 2))
    async with gate.service.client("device", area=COMPOUND, subject="device-2", gate=GATE) as other:
        answer = (await other.post("/v1/scans", json=scan(*numbers(0, 1)[0]))).json()
    assert answer["reasons"] == ["credential_unknown"]


async def test_as_many_as_the_budget_over_minutes_are_never_held(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    for first in range(0, 4 * BUDGET, BUDGET):
        assert await reasons(gate, *numbers(first, BUDGET)) == [["credential_unknown"]] * BUDGET
        gate.service.clock.advance(timedelta(seconds=60))


async def test_two_processes_share_one_budget(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    other = replace(gate.service.deps, budget=Budget())  # the same store, the count of another process
    for _ in range(BUDGET):
        other.budget.count("device-1", True, NOW, BUDGET)
    await share(other, "device-1", True, NOW, BUDGET)
    assert await reasons(gate, *numbers(0, 1)) == [["credential_unknown"]]

    async def is_held() -> bool:
        return gate.service.deps.budget.wait_s("device-1", True, NOW) > 0

    await eventually(is_held)
    assert await reasons(gate, *numbers(1, 1)) == [["tries_held"]]
    assert other.budget.wait_s("device-1", True, NOW) == 0, "it learns of it with its next unknown number"
    assert not other.budget.count("device-1", True, NOW, BUDGET + 9)
    await share(other, "device-1", True, NOW, BUDGET)
    assert other.budget.wait_s("device-1", True, NOW) > 0


async def test_known_residents_and_mistyped_numbers_use_up_no_budget(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    registered(gate, number(100), COMPOUND, Colour.GREEN)
    credentials = [("id_number", number(100)), ("id_number", "110105194912310021")] * (2 * BUDGET)
    assert await reasons(gate, *credentials) == [[], ["id_number_wrong"]] * (2 * BUDGET)


async def upload(gate: Gate, at: list[Any], **more: Any) -> list[Any]:
    credentials = numbers(0, len(at))
    many = [
        scan(*one, seq=n, at=when.isoformat(), mode="cached", **more)
        for n, (one, when) in enumerate(zip(credentials, at, strict=True))
    ]
    return list(await gate.answers(many))


async def test_scans_of_an_outage_are_all_recorded_as_what_they_are_and_hold_no_live_scan(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    red = registered(gate, number(8), COMPOUND, Colour.RED)
    answers = await upload(gate, [NOW - timedelta(minutes=6 * n) for n in range(1, 10)])
    assert [one["reasons"] for one in answers] == [["credential_unknown"]] * (BUDGET + 1) + [["tries_held"]] * 3
    assert (gate.passages[8].resident_id, gate.passages[8].reasons) == (red, ("code_red",))
    assert (gate.passages[8].verdict, gate.passages[8].answered) == ("recheck", None)
    assert await reasons(gate, *numbers(50, 1)) == [["credential_unknown"]]


async def test_the_store_has_both_the_decision_and_the_answer_of_a_device_on_hold(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    green = registered(gate, number(8), COMPOUND, Colour.GREEN)
    answers = await upload(gate, [NOW - timedelta(minutes=6 * n) for n in range(1, 10)])
    await gate.service.receive(*gate.passages)
    (row,) = await gate.service.database["passages"].find({"resident_id": green}).to_list(None)
    assert (row["verdict"], row["also_told"], answers[8]["verdict"]) == ("allow", ["recheck"], "recheck")


async def test_more_than_the_budget_in_one_minute_of_the_scans_own_times_raise_the_alert(gate: Gate) -> None:
    let_hold(gate, unknown_per_minute=BUDGET)
    minute = (NOW - timedelta(hours=1)).replace(second=0)
    await upload(gate, [minute + timedelta(seconds=n) for n in range(BUDGET + 3)])
    await gate.service.receive(*gate.passages)
    rules = [one.rule for one in await gate.service.emitted(AlertRaised)]
    assert rules == [AlertRule.PROBING]


async def test_an_id_number_with_a_wrong_check_digit_is_mistyped_and_not_unknown(gate: Gate) -> None:
    answer = await gate.answer(scan("id_number", "110105194912310021"))
    assert (answer["verdict"], answer["reasons"]) == ("recheck", ["id_number_wrong"])
    line = recognised("110105194912310021")
    own = judge(line, Measured(Direction.IN, 36.5, True), None, lambda _: None, NOW, timedelta(hours=24))
    assert "id_number_wrong" in own.decision.reasons


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("isolated", [True, False])
async def test_a_resident_of_another_community_gets_the_answer_of_an_unknown_one(
    gate: Gate, isolated: bool, direction: str
) -> None:
    resident = registered(gate, number(1), OTHER_COMMUNITY, Colour.RED, isolated=isolated)
    way = {"direction": direction, "temperature_c": 37.9}
    unknown, elsewhere = [await gate.answer(scan("id_number", number(n), **way)) for n in (2, 1)]
    same = ("verdict", "reasons", "durable", "standing_as_of")
    assert elsewhere.keys() == unknown.keys()
    assert [elsewhere[name] for name in same] == [unknown[name] for name in same]
    # What the service knows is not lost: the recorder raises the alert of a breach.
    passage = gate.passages[-1]
    assert passage.resident_id == resident
    real = {(True, "out"): "isolated_no_exit", (True, "in"): "isolated_escort"}.get((isolated, direction), "code_red")
    assert passage.reasons == ("credential_unknown", "fever", real)


async def test_a_neighbour_from_the_next_compound_is_known(gate: Gate) -> None:
    registered(gate, number(1), f"{OTHER_COMPOUND}/1/1/101", Colour.RED)
    assert await reasons(gate, ("id_number", number(1))) == [["code_red"]]


async def test_where_the_policy_says_so_people_of_elsewhere_are_known(gate: Gate) -> None:
    let_hold(gate, elsewhere=ElsewhereRule.KNOWN)
    registered(gate, number(1), OTHER_COMMUNITY, Colour.RED)
    assert await reasons(gate, ("id_number", number(1))) == [["code_red"]]


async def test_a_person_of_elsewhere_with_a_permit_here_is_known(gate: Gate) -> None:
    let_hold(gate)
    resident = registered(gate, number(1), OTHER_COMMUNITY, Colour.YELLOW)
    gate.learns(
        PermitChanged(
            permit_id="p",
            kind=PermitKind.ENTRY,
            area_path=COMPOUND,
            checkpoint_id="c1",
            resident_id=resident,
            since=NOW - timedelta(hours=1),
            until=NOW + timedelta(hours=1),
        )
    )
    assert await reasons(gate, ("id_number", number(1))) == [["code_yellow"]]


async def test_a_code_of_another_community_is_read_as_ever(gate: Gate) -> None:
    resident = registered(gate, number(1), OTHER_COMMUNITY, Colour.RED)
    assert await reasons(gate, ("code", gate.code(resident))) == [["code_red"]]


async def test_on_board_a_vehicle_a_person_of_elsewhere_is_unknown_as_well(gate: Gate) -> None:
    registered(gate, number(1), OTHER_COMMUNITY, Colour.RED)
    on_board = [{"kind": "id_number", "value": number(1)}]
    answer = await gate.answer(scan("plate", "津A12345", on_board=on_board))
    assert answer["on_board"] == [{"verdict": "recheck", "reasons": ["credential_unknown"]}]
    assert answer["reasons"] == ["credential_unknown"]


async def at_two_compounds(gate: Gate, minutes: int, kind: str, other: str = OTHER_COMPOUND) -> list[str]:
    """Return the reasons for a resident at the gate's compound, so many minutes after the other one."""
    resident = registered(gate, number(1), COMPOUND, Colour.GREEN)
    gate.learns(GateDefined(gate_id="gate-p09", name="西门", area_path=other))
    credentials = {"kind": kind, "value": number(1) if kind == "id_number" else gate.code(resident, lasts_s=3600)}
    async with gate.service.client("device", area=other, subject="device-9", gate="gate-p09") as device:
        await device.post("/v1/scans", json=scan(**credentials, gate_id="gate-p09"))
    gate.service.clock.advance(timedelta(minutes=minutes))
    reasons_there: list[str] = (await gate.answer(scan(**credentials, at=gate.service.clock.now().isoformat())))[
        "reasons"
    ]
    return reasons_there


@pytest.mark.parametrize("kind", ["id_number", "code"])
async def test_at_a_second_compound_within_minutes_a_person_is_checked_by_hand(gate: Gate, kind: str) -> None:
    assert await at_two_compounds(gate, 4, kind) == ["second_compound"]


@pytest.mark.parametrize(
    ("minutes", "other", "policy"),
    [(6, OTHER_COMPOUND, {}), (4, COMPOUND, {}), (4, AREA, {}), (4, OTHER_COMPOUND, {"second_compound_minutes": 0})],
)
async def test_later_nearby_or_without_that_policy_a_person_passes(
    gate: Gate, minutes: int, other: str, policy: dict[str, Any]
) -> None:
    let_hold(gate, **policy)
    assert await at_two_compounds(gate, minutes, "id_number", other) == []
