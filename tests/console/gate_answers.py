"""What checkpoint answers in tests of pages about gates: two gates, a device, a flow, two alerts."""

from typing import Any

from tests.console.answers import RESIDENT

GATE, DEVICE = "gate-p01", "01930000-0000-7000-8000-00000000a001"
ALERT, SILENT = (f"01930000-0000-7000-8000-00000000a00{n}" for n in (2, 3))
COMPOUND = "/jinhe/hedong/chunhua/c01/a1/g01/p01"
AT = "2026-02-10T01:00:00Z"


def _page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": None}


OF_GATE = {
    "gate_id": GATE,
    "name": "<i>东门",
    "area_path": COMPOUND,
    "checkpoint_id": "cp-p01",
    "state": "online",
    "devices": 2,
    "silent": 1,
    "unsent": 7,
    "last_seen": AT,
}
EMPTY_GATE = OF_GATE | {"gate_id": "g2", "state": "unequipped", "devices": 0, "last_seen": None}
OF_DEVICE = {
    "device_id": DEVICE,
    "gate_id": GATE,
    "gate_name": "<i>东门",
    "area_path": COMPOUND,
    "name": "东门一号",
    "state": "silent",
    "revoked": None,
    "enrolled_at": AT,
    "enrolled_by": "office-sun",
    "last_seen": AT,
    "clock_offset_s": 95.0,
    "unsent": 7,
    "list_version": "v",
    "list_age_s": 90_000.0,
    "app_version": "page",
    "gaps": [{"first": 17, "last": 19}],
}
OF_ALERT = {
    "alert_id": ALERT,
    "rule": "fever",
    "subject": RESIDENT,
    "resident_id": RESIDENT,
    "scan_id": "s1",
    "device_id": None,
    "gate_id": GATE,
    "gate_name": "<i>东门",
    "area_path": COMPOUND,
    "at": AT,
    "temperature_c": 38.5,
    "detail": None,
    "reviews": [],
}
OF_SILENCE = OF_ALERT | {
    "alert_id": SILENT,
    "rule": "silent",
    "subject": f"device:{DEVICE}",
    "resident_id": None,
    "device_id": DEVICE,
    "temperature_c": None,
    "detail": f"since {AT}",
    "reviews": [{"officer": "office-sun", "outcome": "handled", "note": "换了充电器", "at": AT}],
}
OF_FLOW = {
    "since": "2026-02-10T00:00:30Z",
    "until": "2026-02-10T01:00:30Z",
    "items": [
        {"at": "2026-02-10T00:10:00Z", "in": 4, "out": 1, "allow": 5, "deny": 0, "recheck": 0, "reasons": {}},
        {
            "at": "2026-02-10T00:12:00Z",
            "in": 1,
            "out": 0,
            "allow": 1,
            "deny": 2,
            "recheck": 1,
            "reasons": {"fever": 2, "moonlight": 1},
        },
    ],
}
CODE = {"code": "7K2M9QXD", "gate_id": GATE, "expires_at": "2099-02-10T01:30:00Z"}
GATE_ANSWERS: dict[str, Any] = {
    "GET /v1/gates": _page(OF_GATE, EMPTY_GATE),
    f"GET /v1/gates/{GATE}": OF_GATE,
    f"POST /v1/gates/{GATE}/enrolments": CODE,
    "GET /v1/devices": _page(OF_DEVICE, OF_DEVICE | {"device_id": "d2", "state": "revoked", "revoked": "lost"}),
    f"GET /v1/devices/{DEVICE}": OF_DEVICE,
    f"POST /v1/devices/{DEVICE}/revoke": OF_DEVICE | {"state": "revoked", "revoked": "lost"},
    "GET /v1/flow": OF_FLOW,
    "GET /v1/reasons": _page({"code": "fever", "zh": "体温超标", "en": "Fever: refer to the fever clinic"}),
    "GET /v1/presence": {"within": "/", "inside": 41, "places": [{"area_path": COMPOUND, "inside": 41}]},
    "GET /v1/alerts": _page(OF_ALERT, OF_SILENCE),
    f"GET /v1/alerts/{ALERT}": OF_ALERT,
    f"GET /v1/alerts/{SILENT}": OF_SILENCE,
    f"POST /v1/alerts/{ALERT}/review": OF_ALERT,
    "POST /v1/places/names": {"items": [{"path": COMPOUND, "name": "春华1号院"}]},
}
GATE_PAGES = (
    "/gates",
    "/gates?state=silent&q=东",
    f"/gates/{GATE}",
    f"/gates/{GATE}?minutes=1440&live=off",
    "/devices",
    "/devices?sort=door",
    f"/devices/{DEVICE}",
    "/presence",
    "/alerts",
    f"/alerts?state=all&rule=fever&gate={GATE}&days=7",
    f"/alerts/{ALERT}",
    f"/alerts/{SILENT}",
)
