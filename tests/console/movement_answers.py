"""What services answer in tests of pages about passages, rules at gates, overrides, journeys and appeals."""

from typing import Any

RESIDENT, OTHER = "01930000-0000-7000-8000-000000000000", "01930000-0000-7000-8000-0000000000aa"
OVERRIDE, JOURNEY, APPEAL, GROUND, RULES = (f"01930000-0000-7000-8000-0000000000b{n}" for n in range(5))
CHECKPOINT = "cp-north"
_AT, _LATER, _PAST = "2026-02-10T01:00:00Z", "2099-02-11T01:00:00Z", "2026-02-01T01:00:00Z"
_AREA = "/jinhe/hedong/chunhua/c01"


def _page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": None}


def passage(at: str = _AT, **more: Any) -> dict[str, Any]:
    """Return a passage at the north gate."""
    known = {"scan_id": "s", "gate_id": "gate-01", "gate_name": "=北门", "area_path": _AREA, "device_id": "d", "at": at}
    decided = {"direction": "in", "credential_kind": "code", "verdict": "allow", "reasons": [], "mode": "live"}
    return known | decided | {"temperature_c": None, "repeat_of": None} | more


OF_CONTACTS = _page(
    {
        "resident_id": OTHER,
        "times": 3,
        "closest_s": 42.5,
        "first_at": _PAST,
        "last_at": _AT,
        "gates": ["gate-01"],
        "same_vehicle": True,
    }
) | {"since": _PAST, "until": _AT, "cut": True, "passages": 7, "found": 1, "strangers": 2}
USUAL = {"fever_over_c": 37.3, "fever_at_limit": False, "mask_required": True, "exits": "free", "curfew": None}
USUAL |= {"visitors": "measured", "admission": "anyone", "watched_plates": [], "repeat_within_s": 5}
USUAL |= {"anti_passback": False, "unknown_per_minute": 30, "elsewhere": "unknown", "second_compound_minutes": 5}
USUAL |= {"compared_for": ["card"]}


def policy(since: str, **more: Any) -> dict[str, Any]:
    """Return rules from a time on."""
    stated = {"since": since, "stated_by": "office-liu", "stated_at": since, "reason": "<b>封闭管理"}
    return USUAL | stated | more


SEALED = policy(_AT, exits="permit", curfew=["22:00", "05:00"], watched_plates=["鄂A"], fever_at_limit=True)
OF_CHECKPOINT = {"checkpoint_id": CHECKPOINT, "name": "=北门卡口", "kind": "compound", "area_path": _AREA}
_LINES = [{"kind": "isolation", "colour": "red", "days": None}, {"kind": "fever", "colour": "yellow", "days": 3}]
OF_USUAL = {
    "rules_id": "usual",
    "since": None,
    "title": "通用规则",
    "source": "example",
    "rules": _LINES,
    "state": "approved",
    "holds": True,
    "proposed_by": "",
    "proposed_at": None,
    "decided_by": None,
    "reason": "",
}
OF_RULES = OF_USUAL | {
    "rules_id": RULES,
    "since": "2099-02-10T01:00:00Z",
    "title": "<b>新十条",
    "rules": [],
    "state": "proposed",
    "holds": False,
    "proposed_by": "city-wang",
    "proposed_at": _AT,
}
OF_EXAMPLE = {
    "name": "2022-12-07-ten-measures",
    "since": "2022-12-07",
    "title": "新十条示例",
    "source": "example",
    "rules": _LINES[:1],
    "cases": ["居家隔离是黄码"],
}
OF_OVERRIDE = {
    "override_id": OVERRIDE,
    "scan_id": "s",
    "gate_id": "gate-01",
    "gate_name": "北门",
    "area_path": _AREA,
    "device_id": "device-1",
    "resident_id": RESIDENT,
    "reason": "medical_emergency",
    "at": _AT,
    "state": "open",
    "overdue": True,
    "reviews": [{"officer": "officer-1", "outcome": "unjustified", "note": "<b>x", "at": _AT}],
}
OF_JOURNEY = {
    "journey_id": JOURNEY,
    "resident_id": RESIDENT,
    "area_path": _AREA,
    "origin_region": "hubei/huanggang",
    "risk": "medium",
    "risk_list_date": "2026-02-09",
    "departs_on": "2026-02-09",
    "arrives_on": "2026-02-10",
    "route": "黄冈—津河",
    "transport": "G1234",
    "plate": "津A12345",
    "declared_at": _AT,
    "counts_from": "2026-02-09",
    "cancelled": False,
    "state": "current",
    "declared_by": "keeper-g01",
    "stated_by": "keeper-g01",
    "confirmed_by": None,
    "falls_back_at": _LATER,
    "refused_by": None,
    "refused_at": None,
    "refusal": "",
}
RETURN = "01930000-0000-7000-8000-0000000000b9"
OF_RETURN = {
    "return_id": RETURN,
    "journey_id": JOURNEY,
    "resident_id": RESIDENT,
    "area_path": _AREA,
    "departs_on": "2026-02-12",
    "arrives_on": "2026-02-13",
    "state": "open",
    "missing": ["destination_signature", "departure_signature"],
    "form": {"unit": "<b>红星厂", "reason": "复工", "number": ""},
    "certificate": {"kind": "health", "number": "JK-1", "issued_on": "2026-02-09", "valid_until": "2026-02-16"},
    "code": {"code_id": "K7Q2M9XD", "colour": "green"},
    "signatures": [],
    "asked_by": "keeper-g01",
    "asked_at": _AT,
    "expires_at": _LATER,
    "approved_at": None,
    "refused_by": None,
    "refused_at": None,
    "refusal": "",
    "arrived_at": None,
    "arrival_reported_by": None,
}
REPORT = "01930000-0000-7000-8000-0000000000b8"
OF_REPORT = {"report_id": REPORT, "area_path": _AREA, "door": "3-2-501", "about": "<b>昨晚返回", "origin_region": ""}
OF_REPORT |= {"reported_at": _PAST, "due_at": _AT, "overdue": True, "state": "open", "journey_id": None}
OF_REPORT |= {"decided_by": None, "decided_at": None, "decision": ""}
_LEG = {"from_region": "hubei/huanggang", "to_region": "tianjin", "departs_at": _PAST, "arrives_at": _AT}
_STEP = {"at": _AT, "before": "low", "risk": "medium", "list_date": "2026-02-10", "region": "<b>hubei"}
OF_JOURNEY |= {"contact": "13800000001", "legs": [_LEG | {"number": "G1234"}], "reassessed": [_STEP]}
_REGION = {"region": "hubei/wuhan", "risk": "high", "since": _PAST, "until": None}
OF_RISK_LIST = {"in_force_since": "2026-02-09", "entries": [_REGION], "stated_by": "city", "stated_at": _AT}
OF_REGION_FILE = {"day": "2026-02-09", "rows": 1, "problems": [], "entries": [_REGION]}
OF_APPEAL = {
    "appeal_id": APPEAL,
    "resident_id": RESIDENT,
    "area_path": _AREA,
    "text": "<b>我没有离开过本市",
    "colour": "yellow",
    "rule": "risk_travel",
    "evidence": JOURNEY,
    "made_by": RESIDENT,
    "made_at": _AT,
    "due_at": _AT,
    "overdue": True,
    "state": "open",
    "decided_by": None,
    "decided_at": None,
    "decision": "",
    "ended": False,
    "advice": None,
}
_TRAIL = {"at": _AT, "by": "office-liu", "what": "policy_stated", "reason": "封闭管理", "since": _AT}
ANSWERS: dict[str, Any] = {
    "GET /v1/passages": _page(
        passage(reasons=["code_yellow"], verdict="recheck", temperature_c=36.6),
        passage("2026-02-09T17:30:00Z", direction="out", mode="offline", repeat_of="s"),
    ),
    "GET /v1/reasons": _page({"code": "code_yellow", "zh": "黄码，请人工核验", "en": "Yellow code: check by hand"}),
    "GET /v1/contacts": OF_CONTACTS,
    "GET /v1/policies": _page(OF_CHECKPOINT | {"holds": SEALED, "planned": [policy(_LATER)]}),
    f"GET /v1/checkpoints/{CHECKPOINT}": OF_CHECKPOINT,
    f"GET /v1/checkpoints/{CHECKPOINT}/policies": _page(policy(_PAST), SEALED, policy(_LATER)),
    f"GET /v1/checkpoints/{CHECKPOINT}/trail": _page(_TRAIL, _TRAIL | {"since": None, "what": "defined"}),
    "GET /v1/overrides": _page(OF_OVERRIDE, OF_OVERRIDE | {"resident_id": None, "reviews": []}),
    f"GET /v1/overrides/{OVERRIDE}": OF_OVERRIDE,
    "GET /v1/journeys": _page(OF_JOURNEY),
    "GET /v1/returnee-reports": _page(OF_REPORT),
    f"GET /v1/returnee-reports/{REPORT}": OF_REPORT,
    "GET /v1/returns": _page(OF_RETURN),
    f"GET /v1/returns/{RETURN}": OF_RETURN,
    "GET /v1/risk-regions": _page(OF_RISK_LIST),
    f"GET /v1/journeys/{JOURNEY}": OF_JOURNEY,
    "GET /v1/code-rules": _page(OF_RULES, OF_USUAL),
    "GET /v1/code-rules/examples": _page(OF_EXAMPLE),
    "GET /v1/appeals": _page(OF_APPEAL),
    f"GET /v1/appeals/{APPEAL}": OF_APPEAL,
    f"GET /v1/residents/{RESIDENT}/appeals": _page(OF_APPEAL, OF_APPEAL | {"appeal_id": GROUND, "state": "rejected"}),
}
PAGES = (
    "/code-rules",
    "/code-rules/new",
    "/code-rules/new?example=2022-12-07-ten-measures",
    f"/people/{RESIDENT}/trajectory",
    f"/people/{RESIDENT}/contacts",
    "/policies",
    "/policies?at=2026-02-10T08:00&q=北",
    "/policies?at=nonsense",
    f"/policies/{CHECKPOINT}",
    f"/policies/new?checkpoint_id={CHECKPOINT}",
    "/overrides",
    "/overrides?state=reviewed",
    f"/overrides/{OVERRIDE}",
    "/journeys",
    "/journeys?state=waiting",
    f"/journeys/{JOURNEY}",
    "/risk-regions",
    "/returnee-reports",
    f"/returnee-reports/{REPORT}",
    "/returns",
    "/returns?state=approved",
    f"/returns/{RETURN}",
    f"/journeys/new?resident_id={RESIDENT}",
    "/appeals",
    "/appeals?state=upheld",
    f"/appeals/{APPEAL}",
    f"/appeals/new?resident_id={RESIDENT}",
)
