"""What registration answers about employers, their staff, venues and vehicles in tests of pages."""

from typing import Any

AT = "2026-02-10T01:00:00Z"
AREA = "/jinhe/hedong/chunhua/c01"
EMPLOYER, EMPLOYEE = "0190a0a0-0000-7000-8000-0000000000e1", "0190a0a0-0000-7000-8000-0000000000e2"
VENUE, VEHICLE = "0190a0a0-0000-7000-8000-0000000000e3", "0190a0a0-0000-7000-8000-0000000000e4"
OF_EMPLOYER: dict[str, Any] = {
    "employer_id": EMPLOYER,
    "name": "津河<电子>厂",
    "code": "91350100M000100Y43",
    "kind": "factory",
    "area_path": AREA,
    "clerk_ids": ["unit-fang"],
    "state": "working",
    "state_since": "2026-01-05",
    "people": 2,
    "steps": [{"act": "registered", "by": "nurse-01", "at": AT, "since": "2026-01-05", "reason": "摸排登记"}],
}
OF_EMPLOYEE: dict[str, Any] = {
    "employee_id": EMPLOYEE,
    "name": "王<伟>",
    "phone": "13800000031",
    "id_number": "**************0016",
    "resident_id": "0190a0a0-0000-7000-8000-0000000000e5",
    "household_id": None,
    "post": "装配工",
    "workshop": "一车间",
    "team": "甲组",
    "shift": "早班",
    "since": "2026-01-05",
    "until": None,
    "may_work": False,
    "home": "春华1号院",
    "family": [{"name": "李梅", "relation": "妻子"}],
    "steps": [{"act": "imported", "by": "unit-fang", "at": AT, "reason": ""}],
}
OF_VENUE: dict[str, Any] = {
    "venue_id": VENUE,
    "area_path": AREA,
    "kind": "pharmacy",
    "name": "春华<药店>",
    "opening": "8:00-21:00",
    "employer_id": None,
    "closed_on": None,
    "has_gap": True,
    "desks": [
        {
            "name": "收银台",
            "post": "一楼",
            "keepers": [{"person_id": "nurse-01", "name": "赵敏", "since": "2026-02-01", "until": None}],
            "former": [{"person_id": "wang", "name": None, "since": "2026-01-01", "until": "2026-02-01"}],
            "missing": 1,
        }
    ],
    "steps": [{"by": "nurse-01", "at": AT, "since": "2026-02-01", "reason": "人员调整"}],
}
OF_VEHICLE: dict[str, Any] = {
    "vehicle_id": VEHICLE,
    "plate": "津AD12345",
    "kind": "car",
    "new_energy": True,
    "since": "2026-01-05",
    "until": None,
}


def _page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": "more"}


def answers(resident_id: str, returned: dict[str, Any]) -> dict[str, Any]:
    """Return the answers by route."""
    path = f"/v1/employers/{EMPLOYER}"
    waits = returned | {"state": "open", "missing": ["employer_consent"]}
    return {
        "GET /v1/employers": _page(OF_EMPLOYER),
        f"GET {path}": OF_EMPLOYER,
        f"GET {path}/counts": {"people": 2, "absent": 1, "shifts": [{"shift": "早班", "people": 2}]},
        f"GET {path}/employees": _page(OF_EMPLOYEE, OF_EMPLOYEE | {"may_work": True, "phone": None}),
        f"GET {path}/employees/{EMPLOYEE}": OF_EMPLOYEE,
        f"GET {path}/vehicles": [OF_VEHICLE],
        f"GET {path}/returns": _page(waits),
        f"POST {path}/employees": OF_EMPLOYEE,
        f"POST {path}/employees/{EMPLOYEE}/departure": OF_EMPLOYEE,
        "POST /v1/employers": OF_EMPLOYER,
        "GET /v1/venues": _page(OF_VENUE),
        "POST /v1/venues": OF_VENUE,
        f"GET /v1/venues/{VENUE}": OF_VENUE,
        f"PUT /v1/venues/{VENUE}/desks": OF_VENUE,
        f"GET /v1/residents/{resident_id}/vehicles": [OF_VEHICLE, OF_VEHICLE | {"until": "2026-02-01"}],
        "POST /v1/vehicles": OF_VEHICLE,
    }


def pages(resident_id: str) -> tuple[str, ...]:
    """Return the addresses of the pages."""
    return (
        "/employers",
        f"/employers?within={AREA}&kind=factory&state=closed&after=x",
        "/employers/new",
        f"/employers/{EMPLOYER}",
        f"/employers/{EMPLOYER}?show=absent",
        f"/employers/{EMPLOYER}/employees/{EMPLOYEE}",
        "/venues",
        "/venues?gaps=true&kind=bank",
        "/venues/new",
        f"/venues/{VENUE}",
        f"/people/{resident_id}/vehicles",
    )
