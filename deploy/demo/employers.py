"""The demo's employer with staff and a vehicle, and two venues (R1.10); the people of the employer live elsewhere."""

from collections.abc import Iterator
from typing import Any

from deploy.demo.people import COMMUNITY
from shared.base.ids import derived_id

CLERK = "unit-fang"
EMPLOYER = derived_id("demo", "employer")
Request = tuple[str, dict[str, Any]]  # Any: a body of JSON


def requests() -> Iterator[Request]:
    """Yield what the office posts, in order: each has an id of its own, so that a repeat changes nothing."""
    employer = {"employer_id": EMPLOYER, "name": "津河电子厂", "code": "91350100M000100Y43", "kind": "factory"}
    employer |= {"area_path": COMMUNITY, "reason": "单位摸排登记"}
    yield "/v1/employers", employer | {"clerk_ids": [CLERK]}
    for number, (name, shift) in enumerate((("高原", "早班"), ("罗杰", "早班"), ("梁雪", "晚班")), start=1):
        worker = {"name": name, "phone": f"1990000{9000 + number}", "workshop": "一车间", "shift": shift}
        yield f"/v1/employers/{EMPLOYER}/employees", worker | {"reason": "单位摸排登记"}
    bus = {"vehicle_id": derived_id("demo", "bus"), "plate": "津A54321", "kind": "bus", "employer_id": EMPLOYER}
    yield "/v1/vehicles", bus
    for kind, name, keepers in (
        ("supermarket", "春华超市", ["office-liu", "office-sun"]),
        ("pharmacy", "春华药店", []),
    ):
        venue = {"venue_id": derived_id("demo", kind), "area_path": COMMUNITY, "kind": kind, "name": name}
        desks = [{"name": "收银台", "post": "一楼", "keeper_ids": keepers}]
        yield "/v1/venues", venue | {"opening": "8:00-21:00", "desks": desks, "reason": "场所摸排登记"}
