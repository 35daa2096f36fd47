"""Uses of the documents of staff, keepers, leading groups and rules of codes, for the table of all documents."""

from datetime import timedelta
from typing import Any

from shared.base.ids import new_id
from shared.store.relocating import STEP
from tests.registration.office import GRID, TODAY
from tests.registration.test_staff import NURSE
from tests.support.service import AREA

KEEPERS = f"/v1/places/keepers?path={GRID}"


async def prepare_staff(scene: Any) -> None:
    """Have a member of staff, a keeper, a leading group and rules of codes that wait for approval."""
    city = scene.office.city
    await scene.send("POST", "/v1/staff", NURSE, 201, city)
    await scene.send("PUT", f"/v1/staff/{NURSE['person_id']}", _facts(unit="市医院", reason="人员调动"), client=city)
    await scene.send("PUT", KEEPERS, {"keepers": [{"person_id": "keeper-00", "duty": "keeper"}]})
    group = {"group_id": new_id(), "area_path": AREA, "kind": "command", "name": "领导小组", "reason": "成立小组"}
    members = [{"person_id": "nurse-01", "duty": "head"}]
    await scene.send("POST", "/v1/leading-groups", group | {"members": members, "since": str(TODAY)}, 201)
    grids = [{"level": "grid", "code": code, "name": code, "parent": f"{AREA}/a1"} for code in ("g08", "g09")]
    for grid in grids:
        await scene.send("POST", "/v1/places", grid, 201)
    compound = {"level": "compound", "code": "p08", "name": "八号院", "parent": f"{AREA}/a1/g08"}
    await scene.send("POST", "/v1/places", compound, 201)
    other = scene.office.service.client("community", subject="office-sun")
    for number in range(2):
        source, target = (f"{AREA}/a1/g0{8 + number}/p08", f"{AREA}/a1/g0{9 - number}")
        move = {"move_id": new_id(), "kind": "move", "sources": [source], "target": target, "reason": "网格调整"}
        await scene.send("POST", "/v1/place-moves", move, 201)
        if number == 0:
            await scene.send("POST", f"/v1/place-moves/{move['move_id']}/approve", client=other)
            for _ in range(120):
                await scene.office.service.deps.deadlines.handle_one(
                    {STEP: scene.office.service.parts.handlers[STEP]}, scene.office.service.deps
                )
    rules = {"rules_id": new_id(), "since": f"{TODAY}T01:00:00Z", "title": "新十条", "source": "2022", "rules": []}
    await scene.send("POST", "/v1/code-rules", rules, 201, city)


async def refuse_move(scene: Any) -> None:
    """Refuse the move that waits."""
    moves = (await scene.send("GET", "/v1/place-moves"))["items"]
    (waiting,) = (one["move_id"] for one in moves if one["state"] == "proposed")
    await scene.send("POST", f"/v1/place-moves/{waiting}/reject", {"reason": "填错了上级"})


async def ask_of_former_place(scene: Any) -> None:
    """Ask who answered for a place before it moved."""
    day = (TODAY - timedelta(days=1)).isoformat()
    answer = await scene.send("GET", f"/v1/places/responsible?path={AREA}/a1/g09/p08&day={day}")
    assert answer["nearest"] == []


async def change_member(scene: Any) -> None:
    """Read the history of a member of staff, and change the entry."""
    path = f"/v1/staff/{NURSE['person_id']}"
    assert (await scene.send("GET", f"{path}/changes", client=scene.office.city))["items"]
    changed = await scene.send("PUT", path, _facts(unit="区医院", reason="人员调动"), client=scene.office.city)
    assert changed["unit"] == "区医院"


def _facts(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in NURSE.items() if name not in ("person_id", "since")} | changes


async def name_keepers(scene: Any) -> None:
    """Name one more keeper of the grid."""
    both = [{"person_id": f"keeper-0{number}", "duty": "keeper"} for number in range(2)]
    await scene.send("PUT", KEEPERS, {"keepers": both})
    assert (await scene.send("GET", KEEPERS))["items"]


async def dissolve_group(scene: Any) -> None:
    """Dissolve the leading group."""
    (group,) = (await scene.send("GET", "/v1/leading-groups"))["items"]
    await scene.send("POST", f"/v1/leading-groups/{group['group_id']}/dissolution", {"reason": "任务结束"})


async def approve_rules(scene: Any) -> None:
    """Approve the rules of codes as another official of the city."""
    rules, *_ = (await scene.send("GET", "/v1/code-rules"))["items"]
    other = scene.office.service.client("city", area="/", subject="city-zhao")
    await scene.send("POST", f"/v1/code-rules/{rules['rules_id']}/approve", client=other)


PLACES = {
    "places._places": (name_keepers, True),
    "place_moves._moves": (refuse_move, True),
    "place_moves._former": (ask_of_former_place, False),
}
