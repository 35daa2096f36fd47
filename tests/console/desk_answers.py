"""What registration answers about triage desks in tests of pages."""

from typing import Any

DESK, TRIAGE = "01930000-0000-7000-8000-0000000000d1", "01930000-0000-7000-8000-0000000000d2"
OF_DESK = {"desk_id": DESK, "area_path": "/jinhe", "name": "大厅<b>1号台", "staff": ["x"], "closed": False}
OF_DAY = {"registered": 12, "new_files": 3, "examined": 1, "journeys": 9, "high_risk": 2, "fevers": 1}
OF_DAY |= {"with_symptoms": 1, "cards": 8}
OF_TRIAGE: dict[str, Any] = {
    "triage_id": TRIAGE,
    "desk_id": DESK,
    "area_path": "/jinhe/p01/1/2/301",
    "outcome": "examined",
    "resident_id": None,
    "journey_id": None,
    "risk": None,
    "temperature_c": 38.2,
    "symptoms": ["cough"],
    "fever": True,
    "fever_source": "<b>示例",
    "card_given": "made",
    "card": "JZ000000000001",
    "next_steps": ["clinic", "card"],
    "reported_by": "x",
    "at": "2026-02-10T01:00:00Z",
}
DESK_ANSWERS: dict[str, Any] = {
    "GET /v1/desks": {"items": [OF_DESK], "next": None},
    f"GET /v1/desks/{DESK}": OF_DESK,
    f"GET /v1/desks/{DESK}/day": OF_DAY,
    f"GET /v1/desks/{DESK}/triages": {"items": [OF_TRIAGE], "next": None},
    f"POST /v1/desks/{DESK}/triages": OF_TRIAGE,
    f"PUT /v1/desks/{DESK}": OF_DESK,
    f"GET /v1/triages/{TRIAGE}": OF_TRIAGE,
}
DESK_PAGES = ("/desks", f"/desks/{DESK}", f"/desks/{DESK}?done={TRIAGE}", f"/triages/{TRIAGE}/card")
