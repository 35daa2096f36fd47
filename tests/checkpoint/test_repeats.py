"""One person, one gate, one direction, twice within seconds: one crossing by whatever device and process (R2.2)."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.checkpoint import (
    AlertRaised,
    AlertRule,
    CheckpointDefined,
    CheckpointKind,
    CredentialKind,
    Direction,
    Mode,
    OverrideRecorded,
    PassageRecorded,
    Policy,
    Verdict,
)
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate, lives
from tests.checkpoint.passing import ago, passage
from tests.support.http import stated

AT = NOW.replace(second=0) - timedelta(minutes=10)
ALWAYS = NOW - timedelta(days=1)


def after(seconds: float) -> Any:
    return AT + timedelta(seconds=seconds)


async def flow(gate: Gate) -> tuple[int, int, int]:
    """Return how many went in and out, and how many scans were allowed, in the last minutes."""
    async with gate.service.client("community", area=AREA) as office:
        items = (await office.get("/v1/flow", params={"gate_id": GATE})).json()["items"]
    return tuple(sum(minute[name] for minute in items) for name in ("in", "out", "allow"))  # type: ignore[return-value]


async def repeats(gate: Gate) -> dict[str, str]:
    rows = await gate.service.database["passages"].find({"repeat_of": {"$ne": None}}).to_list(None)
    return {row["_id"]: row["repeat_of"] for row in rows}


def let_hold(gate: Gate, **policy: Any) -> dict[str, str]:
    policies = (Policy(since=ALWAYS, **policy),)
    defined: dict[str, Any] = {"checkpoint_id": "c1", "name": "东门", "kind": CheckpointKind.COMPOUND}
    gate.learns(CheckpointDefined(**defined, area_path=COMPOUND, policies=policies))
    return {"checkpoint_id": "c1"}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("late_first", [True, False])
async def test_two_scans_within_a_second_by_two_devices_are_one_crossing_in_whatever_order_they_come(
    gate: Gate, together: bool, late_first: bool
) -> None:
    resident = new_id()
    first = passage(resident, after(0), device_id="device-1", mode=Mode.CACHED)
    second = passage(resident, after(0.9), device_id="device-2")
    order = [second, first] if late_first else [first, second]
    for events in [order] if together else [[event] for event in order]:
        await gate.service.receive(*events)
    assert await flow(gate) == (1, 0, 1)
    assert await repeats(gate) == {second.scan_id: first.scan_id}


async def test_what_comes_again_from_the_bus_changes_nothing(gate: Gate) -> None:
    resident = new_id()
    events = [passage(resident, after(0)), passage(resident, after(3)), passage(resident, after(20))]
    for _ in range(3):
        await gate.service.receive(*events)
    assert await flow(gate) == (2, 0, 2)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_the_same_passages_are_the_same_crossings_in_every_order(gate: Gate, order: tuple[int, ...]) -> None:
    resident = new_id()
    events = [passage(resident, after(seconds)) for seconds in (0, 4, 8, 12)]
    for number in order:
        await gate.service.receive(events[number])
    # 4 s repeats 0 s; 8 s counts, because 5 s have passed; 12 s repeats 8 s.
    assert await repeats(gate) == {
        events[1].scan_id: events[0].scan_id,
        events[3].scan_id: events[2].scan_id,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"direction": Direction.OUT},
        {"gate_id": "gate-p02"},
        {"verdict": Verdict.DENY},
        {"at": after(5)},
        {"resident_id": "another", "subject": "another"},
    ],
)
async def test_another_direction_gate_verdict_person_or_time_is_no_repeat(gate: Gate, other: dict[str, Any]) -> None:
    resident = new_id()
    fields: dict[str, Any] = {"at": after(1)} | other
    await gate.service.receive(passage(resident, after(0)), passage(resident, fields.pop("at"), **fields))
    assert await repeats(gate) == {}


async def test_in_out_and_in_again_within_the_interval_are_three_crossings(gate: Gate) -> None:
    resident = new_id()
    await gate.service.receive(
        passage(resident, after(0)), passage(resident, after(2), direction=Direction.OUT), passage(resident, after(4))
    )
    assert await flow(gate) == (2, 1, 3)


@pytest.mark.parametrize(("interval", "crossings"), [(0, 3), (5, 2), (30, 1)])
async def test_the_interval_is_the_checkpoints_policy(gate: Gate, interval: int, crossings: int) -> None:
    resident, there = new_id(), let_hold(gate, repeat_within_s=interval)
    await gate.service.receive(*(passage(resident, after(seconds), **there) for seconds in (0, 1, 20)))
    assert await flow(gate) == (crossings, 0, crossings)


async def test_a_visitor_with_a_slip_is_known_by_the_permit(gate: Gate) -> None:
    permit, other = ({"permit_id": name, "credential_kind": CredentialKind.VISITOR} for name in ("p1", "p2"))
    await gate.service.receive(
        passage(None, after(0), **permit), passage(None, after(1), **permit), passage(None, after(1), **other)
    )
    assert await flow(gate) == (2, 0, 2)


async def test_strangers_without_anything_that_names_them_are_never_repeats(gate: Gate) -> None:
    await gate.service.receive(passage(None, after(0)), passage(None, after(0)))
    assert await flow(gate) == (2, 0, 2)


async def test_a_crossing_counts_once_in_presence_and_contacts(gate: Gate) -> None:
    resident, neighbour = new_id(), new_id()
    await gate.service.receive(
        passage(resident, after(0)),
        passage(resident, after(1)),
        passage(neighbour, after(9)),
        passage(neighbour, after(10)),
    )
    async with gate.service.client("community", area=AREA) as office:
        assert (await office.get("/v1/presence", params={"within": COMPOUND})).json()["inside"] == 2
        asked, why = {"resident_id": resident}, stated("contact tracing")
        answer = (await office.get("/v1/contacts", params=asked, headers=why)).json()
    assert [(one["resident_id"], one["times"]) for one in answer["items"]] == [(neighbour, 1)]
    assert answer["passages"] == 1


async def test_a_denial_that_is_scanned_three_times_at_once_is_one_denial(gate: Gate) -> None:
    resident, denied = new_id(), {"verdict": Verdict.DENY}
    gate.learns(lives(resident))
    await gate.service.receive(*(passage(resident, after(seconds), **denied) for seconds in (0, 1, 2)))
    assert [one.rule for one in await gate.service.emitted(AlertRaised)] == []
    await gate.service.receive(*(passage(resident, after(seconds), **denied) for seconds in (60, 120)))
    assert [one.rule for one in await gate.service.emitted(AlertRaised)] == [AlertRule.REPEATED]


async def test_an_override_that_is_scanned_twice_waits_for_one_review(gate: Gate) -> None:
    resident = new_id()
    await gate.service.receive(*(passage(resident, after(seconds), override="fire") for seconds in (0, 1)))
    assert len(await gate.service.emitted(OverrideRecorded)) == 1


async def passbacks(gate: Gate, *events: PassageRecorded) -> list[AlertRaised]:
    for event in events:
        await gate.service.receive(event)
    return [alert for alert in await gate.service.emitted(AlertRaised) if alert.rule is AlertRule.PASSBACK]


async def test_in_twice_without_out_raises_an_alert_where_the_policy_says_so(gate: Gate) -> None:
    resident, there = new_id(), let_hold(gate, anti_passback=True)
    gate.learns(lives(resident))
    first, second = passage(resident, ago(9), **there), passage(resident, ago(5), gate_id="gate-p02", **there)
    (alert,) = await passbacks(gate, first, second)
    assert (alert.subject, alert.scan_id, alert.gate_id) == (resident, second.scan_id, "gate-p02")


@pytest.mark.parametrize("case", ["no policy", "a repeat", "out between", "elsewhere between", "late", "refused"])
async def test_nothing_else_raises_that_alert(gate: Gate, case: str) -> None:
    resident, there = new_id(), let_hold(gate, anti_passback=case != "no policy")
    gate.learns(lives(resident))
    first, second = passage(resident, ago(9), **there), passage(resident, ago(5), **there)
    between = {
        "out between": [passage(resident, ago(7), direction=Direction.OUT, **there)],
        "elsewhere between": [passage(resident, ago(7), area_path=f"{COMPOUND}-2", gate_id="gate-2")],
    }.get(case, [])
    if case == "a repeat":
        second = passage(resident, ago(9) + timedelta(seconds=2), **there)
    if case == "refused":
        second = passage(resident, ago(5), verdict=Verdict.RECHECK, **there)
    events = [second, first] if case == "late" else [first, *between, second]
    assert await passbacks(gate, *events) == []
