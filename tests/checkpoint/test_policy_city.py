"""Policies and permits on a bus of their own: they reach the gate, and are still known after the bus was lost."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from tests.checkpoint.gate import AREA, COMPOUND, GATE, scan
from tests.conftest import MakeCity
from tests.support.city import CityUnderTest
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker

PATH = "/v1/checkpoints/cp-north"


async def ok(answer: Any) -> Any:
    """Return what a request that must be accepted was answered."""
    response = await answer
    assert response.is_success, response.text
    return response.json()


async def seal_compound(office: Any, town: CityUnderTest) -> None:
    """Define a gate of a checkpoint where visitors register and residents leave only with a permit."""
    await ok(office.put(PATH, json={"name": "北门卡口", "kind": "compound", "area_path": COMPOUND}))
    gate = {"gate_id": GATE, "name": "大门", "area_path": COMPOUND, "checkpoint_id": "cp-north"}
    await ok(office.put("/v1/gates", json=gate))
    policy = {"visitors": "registered", "exits": "permit", "reason": "封闭管理"}
    await ok(office.put(f"{PATH}/policies/{town.clock.now().isoformat()}", json=policy))


async def test_a_policy_and_permits_hold_at_the_gate_and_survive_the_loss_of_the_bus(city: MakeCity) -> None:
    town = await city("registration", "checkpoint")
    office = town.client("checkpoint", town.mint("community", area=AREA))
    device = town.client("checkpoint", town.mint("device", area=COMPOUND, gate=GATE, subject="device-1"))

    async def gate_answers(verdict: str, reasons: list[str], kind: str, value: str, **more: Any) -> bool:
        asked = scan(kind, value, at=town.clock.now().isoformat(), **more)
        answer = await ok(device.post("/v1/scans", json=asked))
        assert (answer["verdict"], answer["reasons"]) == (verdict, reasons)
        return True

    async with office, device:
        await seal_compound(office, town)
        await eventually(lambda: gate_answers("recheck", ["visitor_unregistered"], "visitor", "V-00000000"))
        until = (town.clock.now() + timedelta(hours=2)).isoformat()
        visitor = {"permit_id": new_id(), "name": "王小明", "phone": "13800001111", "purpose": "visit", "until": until}
        slip = (await ok(device.post("/v1/visitors", json=visitor)))["slip"]
        await eventually(lambda: gate_answers("allow", [], "visitor", slip))

        await town.stop("checkpoint")
        await town.lose_bus()
        await town.start("checkpoint")
        await eventually(lambda: gate_answers("allow", [], "visitor", slip))
        await gate_answers("recheck", ["visitor_unregistered"], "visitor", "V-00000000")

        await ok(office.post(f"/v1/permits/{visitor['permit_id']}/withdraw", json={"reason": "滞留不归"}))
        await eventually(lambda: gate_answers("recheck", ["visitor_unregistered"], "visitor", slip))
