"""Gates and how their devices are: online, silent, without a device, closed (R2.7)."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from services.checkpoint.domain.gate import Gate, GateState, Sign, condition
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW
from tests.checkpoint.passing import OTHER_PATH
from tests.checkpoint.scanner import Yard
from tests.conftest import MakeService

SILENT_SINCE = NOW - timedelta(minutes=15)
OPEN = Gate(GATE, "大门", COMPOUND)


def sign(minutes: float, gate_id: str = GATE, unsent: int = 0) -> Sign:
    return Sign(gate_id, NOW - timedelta(minutes=minutes), unsent)


def test_a_gate_is_online_while_one_of_its_devices_is_alive() -> None:
    made = condition(OPEN, [sign(40, unsent=3), sign(1, unsent=2), sign(0, "another")], SILENT_SINCE)
    assert (made.state, made.devices, made.silent, made.unsent) == (GateState.ONLINE, 2, 1, 5)
    assert made.last_seen == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("gate", "signs", "state"),
    [
        (OPEN, [sign(15)], GateState.SILENT),
        (OPEN, [sign(14.9)], GateState.ONLINE),
        (OPEN, [], GateState.UNEQUIPPED),
        (Gate(GATE, "大门", COMPOUND, closed=True), [sign(90)], GateState.CLOSED),
    ],
)
def test_a_gate_is_silent_when_no_device_of_it_is_alive(gate: Gate, signs: list[Sign], state: GateState) -> None:
    assert condition(gate, signs, SILENT_SINCE).state is state


@pytest_asyncio.fixture
async def yard(service: MakeService) -> Yard:
    """Four gates: one online, one silent with a device that was revoked since, one without a device, one closed."""
    made = await Yard.at(service)
    for gate_id, path in (("gate-empty", COMPOUND), ("gate-old", OTHER_PATH), ("gate-shut", COMPOUND)):
        await made.define_gate(gate_id, path)
    await made.scanner("gate-old")
    await made.scanner("gate-shut")
    lost = await made.scanner("gate-old")
    await made.service.database["gates"].update_one({"_id": "gate-shut"}, {"$set": {"closed": True}})
    made.service.clock.advance(timedelta(minutes=20))
    await made.scanner()
    answer = await made.office.post(f"/v1/devices/{lost.device_id}/revoke", json={"reason": "lost"})
    assert answer.status_code == 200
    return made


async def listed(yard: Yard, **query: Any) -> dict[str, Any]:
    answer = await yard.office.get("/v1/gates", params=query)
    assert answer.status_code == 200, answer.text
    return {one["gate_id"]: one for one in answer.json()["items"]}


async def test_gates_are_listed_with_their_devices_and_by_state(yard: Yard) -> None:
    gates = await listed(yard)
    states = {GATE: "online", "gate-empty": "unequipped", "gate-old": "silent", "gate-shut": "closed"}
    assert {gate_id: one["state"] for gate_id, one in gates.items()} == states
    assert [gates["gate-old"][name] for name in ("devices", "silent", "unsent")] == [1, 1, 0]
    assert gates["gate-empty"]["last_seen"] is None
    for gate_id, state in states.items():
        assert list(await listed(yard, state=state)) == [gate_id]
    assert list(await listed(yard, within=OTHER_PATH)) == ["gate-old"]
    assert await listed(yard, within=COMPOUND, state="silent") == {}


async def test_one_gate_and_its_devices_are_for_its_area_alone(yard: Yard) -> None:
    one = await yard.office.get("/v1/gates/gate-old")
    assert one.json() == (await listed(yard))["gate-old"]
    devices = (await yard.office.get("/v1/devices", params={"gate_id": "gate-old"})).json()["items"]
    assert sorted(device["state"] for device in devices) == ["revoked", "silent"]
    async with yard.service.client("community", area=f"{AREA}/a7") as other:
        for path in ("/v1/gates/gate-old", "/v1/gates/none"):
            assert (await other.get(path)).json()["code"] == "checkpoint.no_such_gate"
        assert (await other.get("/v1/gates", params={"within": AREA})).status_code == 404


async def test_a_report_of_a_device_counts_what_its_gate_has_not_sent(yard: Yard) -> None:
    scanner = await yard.scanner()
    sent_at = yard.now.isoformat()
    answer = await scanner.post("/v1/devices/me/heartbeat", {"sent_at": sent_at, "last_seq": 9, "unsent": 4})
    assert answer.status_code == 200, answer.text
    gate = (await listed(yard))[GATE]
    assert (gate["devices"], gate["unsent"]) == (2, 4)
