"""What registration answers about zones in tests of pages."""

from typing import Any

_AT = "2026-02-10T01:00:00Z"
ZONE = "019c4548-7a3f-7c3d-8c3d-2f3a4b5c6d7e"
OF_ZONE = {
    "zone_id": ZONE,
    "kind": "lockdown",
    "state": "in_force",
    "area_path": "/jinhe/p01",
    "paths": ["/jinhe/p01"],
    "households": 320,
    "since": _AT,
    "until": None,
    "review_on": "2026-02-13",
    "review_due": True,
    "source": "津河疫防指〔2026〕8号",
    "reason": "一户两人<b>核酸</b>阳性",
    "proposed_by": "street-li",
    "proposed_at": _AT,
    "expires_at": _AT,
    "ordered_by": "street-sun",
    "ordered_at": _AT,
    "decision": "",
    "rules": [
        {
            "since": _AT,
            "source": "第九版",
            "exits": "quota",
            "entries": "residents",
            "quota_persons": 1,
            "quota_days": 2,
            "deliveries": "to_door",
            "test_every_days": 2,
            "lift_after_days": 7,
        }
    ],
    "checklist": [
        {"item": "no_new_case", "by": "street-li", "at": _AT, "note": "已核查"},
        {"item": "disinfected", "by": None, "at": None, "note": None},
    ],
    "steps": [{"kind": "refused", "level": "district", "by": "district-zhou", "at": _AT, "note": "第二轮未完成"}],
    "chain": ["street", "district", "city"],
    "next_level": "street",
    "soonest_lift": _AT,
}
ZONE_ANSWERS: dict[str, Any] = {
    "GET /v1/zones": {"items": [OF_ZONE], "next_cursor": None},
    "POST /v1/zones": OF_ZONE,
    "POST /v1/zones/households": {"paths": ["/jinhe/p01"], "households": 320, "takes_two": {"lockdown": True}},
    f"GET /v1/zones/{ZONE}": OF_ZONE,
}
ZONE_PAGES = ("/zones", "/zones?state=lifted", "/zones/new", f"/zones/{ZONE}")
