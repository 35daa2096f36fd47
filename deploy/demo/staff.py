"""The demo's people in the staff directory (工作人员名册): who can sign in, and who answers for the grids."""

from collections.abc import Iterator
from typing import Any

from deploy.demo.people import COMMUNITY, compounds
from deploy.sign_in.people import PEOPLE
from shared.web.roles import Role

CITY = "/jinhe"
UNITS = {"doctor": "春华社区卫生服务站", "city": "防控指挥部办公室", "volunteer": "志愿服务队"}
DUTIES = {
    Role.COMMUNITY: "clerk",
    Role.DOCTOR: "medical",
    Role.GRID_WORKER: "grid_work",
    Role.VOLUNTEER: "volunteer",
    Role.CITY: "leader",
}


def directory() -> Iterator[dict[str, Any]]:
    """Yield each entry as registration takes it; none has a phone, so that no message leaves the demo."""
    for one in PEOPLE.values():
        role = one.roles[0]
        if role is Role.EMPLOYER:
            continue
        yield {
            "person_id": one.subject,
            "name": one.name,
            "unit": UNITS.get(role.value, "春华社区居委会"),
            "area_path": one.area if one.area != "/" else CITY,
            "duties": [DUTIES[role]] if role in DUTIES else [],
            "qualifications": ["doctor"] if role is Role.DOCTOR else [],
        }
    yield _entry("police-zhao", "赵勇", "春华派出所", COMMUNITY, "patrol")
    for number, grid in enumerate(sorted({one.grid for one in compounds()}), start=1):
        code = grid.rpartition("/")[2]
        for kind, name in (("grid-leader", "网格长"), ("keeper", "包户人")):
            person_id = f"{kind}-{code}"
            if person_id not in PEOPLE:
                yield _entry(person_id, f"{name}{number:02}", "春华社区居委会", grid, "grid_work")


def _entry(person_id: str, name: str, unit: str, area_path: str, duty: str) -> dict[str, Any]:
    return {"person_id": person_id, "name": name, "unit": unit, "area_path": area_path, "duties": [duty]}
