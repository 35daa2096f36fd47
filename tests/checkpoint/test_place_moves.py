"""Places move while a gate works: a path and the one that it becomes are the same place until all have followed."""

from shared.events.checkpoint import DeviceEnrolled, GateDefined
from shared.events.registration_moves import PlaceMoveEnded
from tests.checkpoint.gate import COMPOUND, GATE, Gate, gate_at
from tests.checkpoint.zoning import family, shows, zone
from tests.support.place_moves import move_began
from tests.support.service import AREA

NEW = f"{AREA}/a2/g07/p01"


async def test_a_resident_who_has_moved_lives_behind_the_gate_that_has_not_and_the_zone_still_holds(gate: Gate) -> None:
    began = move_began(COMPOUND, NEW)
    (before,) = family(gate, 1)
    gate.learns(began)
    (after,) = family(gate, 1, f"{NEW}/1/1/102")
    for resident_id in (before, after):
        assert (await shows(gate, resident_id))[1] == []
    gate.learns(zone(path=COMPOUND))
    assert {(await shows(gate, one))[0] for one in (before, after)} == {"deny"}
    gate.learns(PlaceMoveEnded(**began.model_dump() | {"ended_at": gate.service.clock.now()}), zone(path=NEW))
    gate.learns(gate_at(NEW))
    assert (await shows(gate, after))[0] == "deny"


async def test_gates_and_devices_follow_and_are_published_anew(gate: Gate) -> None:
    city = gate.service.client("city", area="/")
    answer = await city.put("/v1/gates", json={"gate_id": GATE, "name": "大门", "area_path": COMPOUND})
    assert answer.status_code in (200, 201), answer.text
    began = move_began(COMPOUND, NEW)
    for _ in range(2):
        await gate.service.receive(began)
        await gate.service.due()
    (moved,) = [one for one in await gate.service.emitted(GateDefined) if one.area_path == NEW]
    assert moved.gate_id == GATE
    assert (await gate.service.client("community", area=f"{AREA}/a2").get("/v1/gates")).json()["items"]
    assert all(one.area_path != COMPOUND for one in await gate.service.emitted(DeviceEnrolled))
