"""What registration answers about staff and keepers in tests of pages."""

from typing import Any

AT = "2026-02-10T01:00:00Z"
AREA = "/jinhe/hedong/chunhua/c01"
OF_STAFF: dict[str, Any] = {
    "person_id": "nurse-01",
    "name": "赵<敏>",
    "phone": "13800000021",
    "unit": "卫生服务站",
    "area_path": AREA,
    "qualifications": ["nurse", "a later one"],
    "duties": [
        {"duty": "sampling", "since": "2026-01-01", "until": "2026-02-01"},
        {"duty": "medical", "since": "2026-02-01", "until": None},
    ],
    "areas": [{"area_path": AREA, "since": "2026-01-01", "until": None}],
    "active_from": "2026-01-01",
    "active_until": None,
}
STATE: dict[str, Any] = {
    "name": "赵敏",
    "unit": "卫生服务站",
    "area_path": AREA,
    "qualifications": ["nurse"],
    "duties": ["sampling"],
    "active_until": None,
}
OF_STAFF_CHANGE: dict[str, Any] = {
    "change_id": "c1",
    "act": "changed",
    "by": "nurse-01",
    "at": AT,
    "since": "2026-02-01",
    "reason": "调往隔离点",
    "import_id": None,
    "before": STATE,
    "after": STATE | {"duties": ["medical"], "unit": "隔离点"},
}
OF_PERIOD: dict[str, Any] = {
    "path": f"{AREA}/a1/g01",
    "person_id": "nurse-01",
    "name": "赵敏",
    "unit": "卫生服务站",
    "duty": "keeper",
    "since": "2026-02-01",
    "until": None,
    "named_by": "office-liu",
}
FORMER = OF_PERIOD | {"person_id": "wang", "name": None, "unit": None, "since": None, "until": "2026-02-01"}


def _page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": "more"}


ANSWERS: dict[str, Any] = {
    "GET /v1/staff": _page(OF_STAFF, OF_STAFF | {"person_id": "guard-02", "phone": None}),
    "POST /v1/staff/search": _page(OF_STAFF),
    "POST /v1/staff/names": _page({"person_id": "nurse-01", "name": "赵敏", "unit": "卫生服务站", "left": None}),
    "POST /v1/staff": OF_STAFF,
    "GET /v1/staff/nurse-01": OF_STAFF,
    "PUT /v1/staff/nurse-01": OF_STAFF,
    "POST /v1/staff/nurse-01/end": OF_STAFF,
    "GET /v1/staff/nurse-01/changes": _page(OF_STAFF_CHANGE, OF_STAFF_CHANGE | {"act": "registered", "before": None}),
    "GET /v1/places/keepers": _page(OF_PERIOD, FORMER),
    "PUT /v1/places/keepers": {},
    "GET /v1/places/responsible": {
        "path": f"{AREA}/a1/g01/p01/1/101",
        "day": "2026-02-10",
        "nearest": [OF_PERIOD],
        "levels": [{"path": OF_PERIOD["path"], "name": "第1网格", "keepers": [OF_PERIOD]}],
    },
}
PAGES = (
    "/staff",
    f"/staff?within={AREA}&duty=sampling&qualification=nurse&ended=true&after=x",
    "/staff?search=none",
    "/staff/new",
    "/staff/nurse-01",
    "/keepers",
    f"/keepers?path={AREA}/a1/g01/p01/1/101&day=2026-02-10&after=x",
)
