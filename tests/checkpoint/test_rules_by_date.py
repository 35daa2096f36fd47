"""What holds at which checkpoint at a time, in one list; and one override by itself (R2.1, R2.4)."""

from datetime import timedelta
from typing import Any

import httpx

from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate
from tests.checkpoint.test_checkpoints import CHECKPOINT, SEALED, defined, office, state
from tests.checkpoint.test_reviews import overridden, review, staff

DAY = timedelta(days=1)


async def _rules(client: Any, **query: Any) -> Any:
    answer: httpx.Response = await client.get("/v1/policies", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_list_names_what_holds_at_each_checkpoint_at_a_time_and_what_follows(gate: Gate) -> None:
    client = await defined(gate)
    other = {"name": "南门卡口", "kind": "compound", "area_path": COMPOUND}
    assert (await client.put("/v1/checkpoints/cp-south", json=other)).status_code == 200
    await state(client, NOW, **SEALED)
    await state(client, NOW + DAY, exits="free", reason="解除封闭")
    north, south = await _rules(client)
    assert (north["checkpoint_id"], north["name"], north["holds"]["exits"]) == (CHECKPOINT, "北门卡口", "permit")
    assert (north["holds"]["stated_by"], north["holds"]["reason"]) == ("office-1", "封闭管理")
    assert [one["exits"] for one in north["planned"]] == ["free"]
    assert (south["holds"], south["planned"]) == (None, [])
    (later, _) = await _rules(client, at=(NOW + DAY).isoformat())
    assert (later["holds"]["exits"], later["planned"]) == ("free", [])
    (earlier, _) = await _rules(client, at=(NOW - DAY).isoformat())
    assert (earlier["holds"], len(earlier["planned"])) == (None, 2)
    assert [one["checkpoint_id"] for one in await _rules(client, q="南")] == ["cp-south"]
    assert await _rules(office(gate, f"{AREA}/a2")) == []


async def test_reading_the_rules_is_recorded_for_the_area(gate: Gate) -> None:
    client = await defined(gate)
    await _rules(client)
    auditor = gate.service.client("auditor", area=AREA, subject="auditor-1")
    (reading,) = (await auditor.get("/v1/readings", params={"reader": "office-1"})).json()["items"]
    assert (reading["kind"], reading["subject"]) == ("policies", AREA)


async def test_a_checkpoint_is_named_inside_its_area_alone(gate: Gate) -> None:
    client = await defined(gate)
    assert (await client.get(f"/v1/checkpoints/{CHECKPOINT}")).json()["name"] == "北门卡口"
    outside = await office(gate, "/jinhe/hexi").get(f"/v1/checkpoints/{CHECKPOINT}")
    assert (outside.status_code, outside.json()["code"]) == (404, "checkpoint.no_such_checkpoint")


async def test_an_override_stands_with_its_gate_and_reviews_inside_its_area_alone(gate: Gate) -> None:
    override_id = await overridden(gate)
    await review(staff(gate), f"overrides/{override_id}", outcome="justified", note="救护车")
    answer = (await staff(gate).get(f"/v1/overrides/{override_id}")).json()
    assert (answer["gate_id"], answer["state"], answer["reason"]) == (GATE, "reviewed", "medical_emergency")
    assert [(one["outcome"], one["note"]) for one in answer["reviews"]] == [("justified", "救护车")]
    outside = await staff(gate, area="/jinhe/hexi").get(f"/v1/overrides/{override_id}")
    assert (outside.status_code, outside.json()["code"]) == (404, "checkpoint.no_such_override")
