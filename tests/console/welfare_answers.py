"""What registration answers about the welfare of staff in tests of pages."""

from typing import Any

TERMS = "01930000-0000-7000-8000-0000000000e1"
OF_TERMS = {"terms_id": TERMS, "kind": "insurance", "version": "<b>90天", "since": "2026-02-01", "source": "9号文"}
OF_TERMS |= {"text": "", "insurer": "人保财险", "proposed_by": "city-zhao", "approved_by": "city-wu"}
OF_TERMS |= {"days": 90, "sum_yuan": 500_000, "in_force": True}  # type: ignore[dict-item]
OF_RECORD: dict[str, Any] = {
    "record_id": "01930000-0000-7000-8000-0000000000e2",
    "kind": "insurance",
    "person_id": "nurse-01",
    "unit": "卫生站",
    "starts_on": "2026-02-10",
    "ends_on": "2026-05-10",
    "ending": True,
    "terms_id": TERMS,
    "witness_id": None,
    "item": None,
    "quantity": None,
    "signature": "",
    "recorded_by": "x",
}
OF_GOODS = OF_RECORD | {"kind": "goods", "item": "口罩", "quantity": 20, "ends_on": None, "terms_id": None}
_WAITING = OF_TERMS | {"terms_id": "t2", "kind": "pledge", "approved_by": None, "in_force": False, "text": "不去疫区"}
WELFARE_ANSWERS: dict[str, Any] = {
    "GET /v1/welfare": {"items": [OF_RECORD, OF_GOODS], "next": None},
    "GET /v1/welfare/terms": {"items": [OF_TERMS, _WAITING]},
    "GET /v1/welfare/totals": {
        "items": [{"unit": "卫生站", "insured": 1, "ending": 1, "pledged": 0, "goods": {"口罩": 20}}]
    },
    "POST /v1/welfare/enrolments": {"items": [OF_RECORD]},
    "POST /v1/welfare/terms": OF_TERMS,
    f"POST /v1/welfare/terms/{TERMS}/approve": OF_TERMS,
}
WELFARE_PAGES = ("/welfare", "/welfare?kind=pledge", "/welfare?kind=goods")
