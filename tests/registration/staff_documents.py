"""Uses of the documents of staff, keepers, leading groups and rules of codes, for the table of all documents."""

from typing import Any

from shared.base.ids import new_id
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
    rules = {"rules_id": new_id(), "since": f"{TODAY}T01:00:00Z", "title": "新十条", "source": "2022", "rules": []}
    await scene.send("POST", "/v1/code-rules", rules, 201, city)


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
