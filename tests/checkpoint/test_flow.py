"""The flow at gates, minute by minute (R2.7)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Verdict
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate
from tests.checkpoint.passing import OTHER_GATE, OTHER_PATH, THERE, passage

MINUTE = NOW.replace(second=0) - timedelta(minutes=10)


async def flow(gate: Gate, area: str = AREA, **query: Any) -> Any:
    async with gate.service.client("community", area=area) as office:
        return await office.get("/v1/flow", params=query)


async def minutes(gate: Gate, area: str = AREA, **query: Any) -> list[Any]:
    response = await flow(gate, area, **query)
    assert response.status_code == 200, response.text
    items: list[Any] = response.json()["items"]
    return items


async def test_who_went_in_and_out_is_counted_by_minute_each_passage_once(gate: Gate) -> None:
    at = [MINUTE + timedelta(seconds=second) for second in (0, 30, 59.999, 60, 90)]
    events = await gate.service.receive(
        passage(new_id(), at[0]),
        passage(new_id(), at[1], direction=Direction.OUT),
        passage(None, at[2]),
        passage(new_id(), at[3], verdict=Verdict.DENY),
        passage(new_id(), at[4], direction=Direction.OUT, verdict=Verdict.RECHECK),
    )
    await gate.service.receive(*events, *reversed(events))
    first, second = await minutes(gate, gate_id=GATE)
    assert first == {
        "gate_id": GATE,
        "at": MINUTE.isoformat().replace("+00:00", "Z"),
        "in": 2,
        "out": 1,
        "allow": 3,
        "deny": 0,
        "recheck": 0,
        "reasons": {},
    }
    assert [second[name] for name in ("in", "out", "allow", "deny", "recheck")] == [0, 0, 0, 1, 1]


async def test_a_minute_counts_by_reason_what_was_not_let_through(gate: Gate) -> None:
    denied = {"verdict": Verdict.DENY, "reasons": ("fever", "code_red")}
    await gate.service.receive(
        passage(new_id(), MINUTE, **denied),
        passage(new_id(), MINUTE, **denied),
        passage(new_id(), MINUTE, verdict=Verdict.RECHECK, reasons=("fever",)),
        passage(new_id(), MINUTE, reasons=("later_reason",)),
    )
    (minute,) = await minutes(gate, gate_id=GATE)
    assert minute["reasons"] == {"code_red": 2, "fever": 3}


async def test_the_window_begins_at_since_and_ends_before_until(gate: Gate) -> None:
    await gate.service.receive(*(passage(None, MINUTE + timedelta(minutes=number)) for number in range(5)))
    since, until = (MINUTE + timedelta(minutes=1)).isoformat(), (MINUTE + timedelta(minutes=3)).isoformat()
    assert len(await minutes(gate, gate_id=GATE, since=since, until=until)) == 2


async def test_the_flow_at_all_gates_of_a_place_is_counted_gate_by_gate(gate: Gate) -> None:
    async with gate.service.client("community") as office:
        for gate_id, path in ((GATE, COMPOUND), (OTHER_GATE, OTHER_PATH)):
            await office.put("/v1/gates", json={"gate_id": gate_id, "name": "门", "area_path": path})
    await gate.service.receive(passage(None, MINUTE), passage(None, MINUTE, **THERE))
    assert [one["gate_id"] for one in await minutes(gate, within=AREA)] == [GATE, OTHER_GATE]
    assert [one["gate_id"] for one in await minutes(gate, within=COMPOUND)] == [GATE]
    response = await flow(gate, within="/jinhe/hexi")
    assert (response.status_code, response.json()["code"]) == (404, "access.not_found")


async def test_outside_one_s_area_no_passage_is_counted(gate: Gate) -> None:
    await gate.service.receive(passage(None, MINUTE))
    assert await minutes(gate, "/jinhe/hexi", gate_id=GATE) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "checkpoint.subject_missing"),
        ({"gate_id": GATE, "within": AREA}, "checkpoint.subject_missing"),
        ({"gate_id": GATE, "since": (NOW - timedelta(days=2)).isoformat()}, "checkpoint.window"),
        ({"within": AREA, "since": (NOW - timedelta(hours=1)).isoformat()}, "checkpoint.window"),
        ({"gate_id": GATE, "since": (NOW + timedelta(hours=1)).isoformat()}, "checkpoint.window"),
        ({"gate_id": GATE, "since": "2026-11-24T08:00:00"}, "checkpoint.time_zone"),
    ],
)
async def test_a_flow_that_cannot_be_counted_says_what_to_ask_for(gate: Gate, query: dict[str, Any], code: str) -> None:
    response = await flow(gate, **query)
    assert (response.status_code, response.json()["code"]) == (400, code)


async def test_a_place_with_too_many_gates_is_asked_for_in_parts(gate: Gate) -> None:
    gates = [{"_id": f"g{number:03}", "area_path": COMPOUND, "name": "门"} for number in range(101)]
    await gate.service.database["gates"].insert_many(gates)
    response = await flow(gate, within=COMPOUND)
    assert (response.status_code, response.json()["code"]) == (400, "checkpoint.too_many_gates")
