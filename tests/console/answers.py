"""What services answer in tests of pages: one resident, one case with a fever, one order, one import."""

from typing import Any

from tests.console import employer_answers, exit_answers, movement_answers, rights_answers, staff_answers
from tests.console.desk_answers import DESK_ANSWERS, DESK_PAGES
from tests.console.welfare_answers import WELFARE_ANSWERS, WELFARE_PAGES
from tests.console.zone_answers import ZONE_ANSWERS, ZONE_PAGES

RESIDENT, CASE, ORDER, IMPORT = (f"01930000-0000-7000-8000-00000000000{n}" for n in range(4))
DOOR = "/jinhe/hedong/chunhua/c01/a1/g01/p01/3/2/501"
_AT = "2026-02-10T01:00:00Z"


def _page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next": None}


def _measurement(day: str, half_day: str, temperature: float | None, **more: Any) -> dict[str, Any]:
    reported = {"reported_by": "doctor-chen", "reported_at": _AT} if temperature else {"reported_at": None}
    known = {"case_id": CASE, "resident_id": RESIDENT, "day": day, "half_day": half_day, "due_at": f"{day}T02:00:00Z"}
    return known | reported | {"temperature_c": temperature, "symptoms": [], "waived": None} | more


ITEM = {"resident_id": RESIDENT, "household_id": "h1", "area_path": DOOR, "categories": ["elderly_alone"]}
FILE = ITEM | {"name": "=王伟", "phone": "19900000001", "keeper_id": "keeper-g01"}
NAMED = {
    "resident_id": RESIDENT,
    "area_path": DOOR,
    "name": "=王伟",
    "door": "春华1号院 3-2-501",
    "phone": "19900000001",
}
PARTICULARS = {
    "resident_id": RESIDENT,
    "id_number": "11010519491231002X",
    "papers": [{"kind": "passport", "number": "E12345678"}],
    "addresses": [{"kind": "second_home", "text": "<b>清水2号院", "path": ""}],
    "relation": "spouse",
    "consent": {"text_version": "2026-01", "given_on": "2026-02-01", "witness": "w", "withdrawn_on": "2026-02-03"},
    "state": {"presence": "here", "since": None, "note": ""},
    "left": False,
}
MATCHING = ITEM | NAMED | {"masked_number": "**************002X"}
LOOKED_UP = _page(MATCHING) | {"looked_for": ["pinyin"]}
STANDING = {"colour": "yellow", "isolated": False, "rule": "fever", "since": _AT, "until": _AT}
OF_CASE = {
    "case_id": CASE,
    "resident_id": RESIDENT,
    "area_path": DOOR,
    "kind": "home",
    "reason": "<b>close contact</b>",
    "starts_on": "2026-02-03",
    "ends_on": "2026-02-10",
    "state": "release_requested",
    "keeper_id": "keeper-g01",
    "doctor_id": "doctor-chen",
    "ordered_by": "doctor-chen",
    "proposed_by": "doctor-chen",
    "confirmed_by": None,
}
OF_ORDER = {
    "order_id": ORDER,
    "area_path": "/jinhe",
    "colour": "red",
    "reason": "positive test",
    "until": _AT,
    "size": 3,
    "takes_two": True,
    "lifts": None,
    "lifted_by": None,
    "state": "proposed",
    "proposed_by": "doctor-chen",
    "proposed_at": _AT,
    "expires_at": _AT,
    "decided_by": None,
    "decided_at": None,
    "decision": "",
}
OF_IMPORT = {
    "import_id": IMPORT,
    "kind": "residents",
    "state": "done",
    "file": "roster.xlsx",
    "rows": 3,
    "handled": 3,
    "added": 2,
    "changed": 0,
    "unchanged": 0,
    "rejected": 1,
    "failure": None,
    "accepted_at": _AT,
    "finished_at": _AT,
}
READ = {
    "problems": [{"row": 3, "column": "身份证号", "problem": "=wrong"}],
    "skipped": [{"first": 5, "last": 6, "reason": "a total"}],
    "unknown_columns": ["备注"],
    "unread_sheets": ["Sheet2"],
}

MAPPING = "01930000-0000-7000-8000-000000000006"
OF_MAPPING = {
    "mapping_id": MAPPING,
    "kind": "residents",
    "area_path": "/jinhe",
    "columns": {"谁": "name", "=证件": "id_number", "序号": ""},
    "by": "office-sun",
    "at": "2026-02-10T01:00:00Z",
}
OF_COLUMNS = {
    "kind": "residents",
    "sheet": "S",
    "row": 2,
    "titles": ["谁", "=证件", "序号"],
    "suggested": {"谁": "", "=证件": "", "序号": ""},
    "sample": [["王伟", "1101", "1"]],
    "remembered": OF_MAPPING,
    "columns": [
        {"name": "name", "title": "姓名", "required": True},
        {"name": "id_number", "title": "身份证号", "required": True},
    ],
}

CHANGE, EXAMINATION = (f"01930000-0000-7000-8000-00000000000{n}" for n in range(4, 6))
OF_CHANGE = {
    "change_id": CHANGE,
    "resident_id": RESIDENT,
    "act": "import",
    "by": "office-sun",
    "at": _AT,
    "reason": "<i>wrong roster</i>",
    "request": "r",
    "import_id": IMPORT,
    "row": 7,
    "examination_id": None,
    "undoes": None,
    "changes": [
        {"field": "phone", "title": "电话 phone", "before": "19900000009", "after": "19900000001"},
        {"field": "categories", "title": "特殊人群 special care", "before": "", "after": "disabled、elderly_alone"},
        {"field": "area_path", "title": "住址 door", "before": None, "after": DOOR},
        {"field": "later", "title": "later field", "before": "x", "after": "y"},
    ],
}
OF_UNDO = {
    "import_id": IMPORT,
    "state": "done",
    "by": "office-liu",
    "reason": "wrong roster",
    "asked_at": _AT,
    "rows": 3,
    "handled": 3,
    "restored": 1,
    "withdrawn": 1,
    "kept": 1,
    "failure": None,
    "finished_at": _AT,
}
EXAMINATION_ITEM = {
    "examination_id": EXAMINATION,
    "resident_id": RESIDENT,
    "home_path": DOOR,
    "area_path": "/jinhe/hexi",
    "asked_by": "office-other",
    "asked_at": _AT,
    "state": "open",
    "decided_by": None,
    "decided_at": None,
    "decision": "",
}
OF_EXAMINATION = EXAMINATION_ITEM | {"name": "=王伟二", "door": "/jinhe/hexi/p09", "phone": None, "categories": None}

OF_GLASS = {
    "glass_id": "g1",
    "subject": "doctor-wu",
    "own_area": "/jinhe/hexi/qingshui/c02",
    "area_path": "/jinhe/hedong/chunhua/c01",
    "reason": "<b>contacts",
    "opened_at": _AT,
    "expires_at": "2099-02-10T01:00:00Z",
    "closed_at": None,
    "closed_by": None,
}

COUNTS = {"open": 1, "by_state": {"release_requested": 1}, "mine": 1, "second": 0}
TO_DO = {  # what registration, checkpoint and isolation answer, in one
    "orders": 1,
    "own_orders": 0,
    "appeals": {"open": 1, "late": 1},
    "journeys_to_confirm": 1,
    "journeys_planned": 1,
    "imports_running": 0,
    "bad_imports": 1,
    "examinations": 1,
    "alerts": 3,
    "alerts_by_rule": {"breach": 1, "fever": 2},
    "overrides": 2,
    "overrides_late": 2,
    "silent_gates": 2,
    "cases": COUNTS,
    "missing_reports": 1,
}

ANSWERS: dict[str, Any] = {
    "GET /v1/to-do": TO_DO,
    "GET /v1/counts": {"households": 1, "residents": 1},
    "GET /v1/places": _page({"path": "/jinhe/p01", "name": "春华1号院", "level": "compound"}),
    "GET /v1/residents": _page(ITEM),
    "POST /v1/residents/look-up": LOOKED_UP,
    "POST /v1/exports": {},
    "POST /v1/residents/find": FILE,
    "POST /v1/residents/names": _page(NAMED),
    f"GET /v1/residents/{RESIDENT}": FILE,
    f"GET /v1/residents/{RESIDENT}/particulars": PARTICULARS,
    f"GET /v1/residents/{RESIDENT}/standing": STANDING,
    f"GET /v1/residents/{RESIDENT}/standing/history": _page(*[STANDING | {"at": _AT}] * 2),
    "GET /v1/cases": _page(OF_CASE),
    "GET /v1/cases/counts": COUNTS,
    f"GET /v1/cases/{CASE}": OF_CASE,
    f"GET /v1/cases/{CASE}/measurements": _page(
        _measurement("2026-02-04", "morning", 36.6),
        _measurement("2026-02-04", "afternoon", 38.2, symptoms=["cough"]),
        _measurement("2026-02-05", "morning", None),
        _measurement("2026-02-05", "afternoon", None, waived={"cause": "refused", "by": "doctor-chen", "note": ""}),
        _measurement("2026-02-06", "morning", 36.8),
    ),
    f"GET /v1/cases/{CASE}/log": _page(
        {"at": _AT, "what": "CaseOpened", "by": "x", "reason": "y", "state": "observing", "ends_on": "2026-02-10"}
    ),
    "GET /v1/measurements": _page(_measurement("2026-02-10", "morning", None)),
    "GET /v1/colour-orders": _page(OF_ORDER),
    f"GET /v1/colour-orders/{ORDER}": OF_ORDER | {"applied": 0, "waiting": 3, "not_found": []},
    "GET /v1/imports": _page(OF_IMPORT),
    f"GET /v1/imports/{IMPORT}": OF_IMPORT
    | READ
    | {"has_error_sheet": True, "corrects": IMPORT, "corrected_by": [IMPORT], "same_as": IMPORT},
    "GET /v1/import-mappings": _page(OF_MAPPING),
    "PUT /v1/import-mappings": OF_MAPPING,
    "POST /v1/imports/columns": OF_COLUMNS,
    f"GET /v1/imports/{IMPORT}/changes": _page(OF_CHANGE),
    f"GET /v1/imports/{IMPORT}/undo": OF_UNDO,
    f"GET /v1/imports/{IMPORT}/undo/kept": _page(
        {"row": 9, "resident_id": RESIDENT, "cause": "changed_since", "advice": "advice"},
        {"row": 11, "resident_id": None, "cause": "a later cause", "advice": "ask the next version"},
    ),
    f"GET /v1/residents/{RESIDENT}/changes": _page(OF_CHANGE),
    "GET /v1/deliveries/counts": {"waiting": 0, "planned": 1, "due": 1, "late": 0, "without_carrier": 1},
    "GET /v1/messages/counts": {"failed": 0, "sending": 0},
    "GET /v1/break-glass": _page(OF_GLASS, OF_GLASS | {"closed_at": _AT, "closed_by": "auditor-qian"}),
    "POST /v1/break-glass": OF_GLASS,
    "GET /v1/examinations": _page(EXAMINATION_ITEM),
    f"GET /v1/examinations/{EXAMINATION}": OF_EXAMINATION,
    "POST /v1/imports/residents/preview": READ
    | {"rows": 3, "sound": 2, "headings": ["小区", "姓名"], "sample": [["春华1号院", "王伟"]]},
    "POST /v1/imports/residents": OF_IMPORT | READ,
    **movement_answers.ANSWERS,
    **exit_answers.ANSWERS,
    **staff_answers.ANSWERS,
    **employer_answers.answers(RESIDENT, movement_answers.OF_RETURN),
    **rights_answers.answers(RESIDENT),
    **ZONE_ANSWERS,
    **DESK_ANSWERS,
    **WELFARE_ANSWERS,
}
PAGES = (
    "/",
    "/people",
    "/people?within=/jinhe/p01",
    "/people?search=none",
    f"/people/{RESIDENT}",
    "/imports",
    f"/imports/{IMPORT}",
    "/imports/mappings",
    f"/imports/{IMPORT}/changes",
    f"/imports/{IMPORT}/undo",
    f"/people/{RESIDENT}/changes",
    f"/people/{RESIDENT}/particulars",
    "/examinations",
    "/break-glass",
    f"/examinations/{EXAMINATION}",
    "/cases",
    "/cases?state=second&whose=mine&keeper=x&within=/jinhe/p01&ends=2",
    "/cases/missing",
    f"/cases/new?resident_id={RESIDENT}",
    f"/cases/{CASE}",
    "/orders",
    "/orders?state=approved",
    f"/orders/new?resident_id={RESIDENT}",
    f"/orders/{ORDER}",
    *ZONE_PAGES,
    *movement_answers.PAGES,
    *exit_answers.PAGES,
    *staff_answers.PAGES,
    *employer_answers.pages(RESIDENT),
    *DESK_PAGES,
    *rights_answers.pages(RESIDENT),
    *WELFARE_PAGES,
)
