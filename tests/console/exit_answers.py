"""What registration answers about permissions to leave, and the pages made of it (R1.8)."""

from typing import Any

from tests.console.movement_answers import RESIDENT

EXIT, MATE = "01930000-0000-7000-8000-0000000000e1", "01930000-0000-7000-8000-0000000000e2"
_SINCE, _UNTIL = "2026-02-10T06:00:00Z", "2026-02-13T06:00:00Z"
OF_EXIT: dict[str, Any] = {
    "exit_id": EXIT,
    "reach": "city",
    "state": "requested",
    "resident_id": RESIDENT,
    "travellers": [{"resident_id": RESIDENT, "tested_at": _SINCE}, {"resident_id": MATE, "tested_at": None}],
    "area_path": "/jinhe/p01",
    "reason": "medical",
    "since": _SINCE,
    "until": _UNTIL,
    "destination": "<b>省立医院",
    "note": "<b>复诊",
    "plate": "津A12345",
    "exits": 1,
    "gates": [],
    "policy_since": "2022-12-07",
    "policy_source": "示例",
    "unmet": [],
    "asked_by": "keeper-g01",
    "asked_at": _SINCE,
    "decided_by": None,
    "decided_at": None,
    "refusal": "",
    "ended_by": None,
    "ended_at": None,
    "ended_for": "",
}
APPROVED = OF_EXIT | {"state": "approved", "decided_by": "office-liu", "decided_at": _SINCE}
OF_PASS = {name: OF_EXIT[name] for name in ("exit_id", "reach", "since", "until", "exits", "gates", "plate")}
OF_PASS |= {"pass_text": "LM1:abc", "masked_name": "王*"}
ANSWERS: dict[str, Any] = {
    "GET /v1/exits": {"items": [OF_EXIT], "next": None},
    f"GET /v1/exits/{EXIT}": OF_EXIT,
    f"GET /v1/exits/{EXIT}/pass": OF_PASS,
}
PAGES = (
    "/exits",
    "/exits?state=revoked",
    f"/exits/{EXIT}",
    f"/exits/{EXIT}/pass",
    f"/exits/new?resident_id={RESIDENT}",
)
