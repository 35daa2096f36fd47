"""What supply, notification and every service's audit answer in tests of pages."""

from typing import Any

from tests.console.answers import DOOR, NAMED, OF_GLASS, RESIDENT

DELIVERY, MESSAGE = (f"01930000-0000-7000-8000-00000000001{n}" for n in range(2))
AT = "2026-02-10T01:00:00Z"
ITEM = {"item": "milk", "zh": "牛奶", "en": "milk", "unit_zh": "箱", "unit_en": "case", "low_at": 10}
OF_DELIVERY: dict[str, Any] = {
    "delivery_id": DELIVERY,
    "kind": "isolation_kit",
    "state": "planned",
    "household_id": "h1",
    "area_path": DOOR,
    "resident_ids": [RESIDENT],
    "keeper_id": "keeper-g01",
    "carrier_ids": [],
    "asked_at": AT,
    "due_on": "2026-02-09",
    "lines": [{"item": "milk", "quantity": 2}, {"item": "a later item", "quantity": 1}],
    "allotted": [{"item": "milk", "quantity": 2, "depot_id": "depot-c01"}],
    "lacks": [],
    "failures": [
        {"reason": "nobody_home", "retry_on": "2026-02-09", "reported_by": "helper-sun", "note": "<b>dog</b>"},
        {"reason": "refused", "retry_on": "2026-02-10", "reported_by": "helper-sun", "note": "second note"},
    ],
    "handed_over_at": None,
    "confirmed_by": None,
    "left_at": None,
    "cancelled_by": None,
    "cancel_note": None,
    "steps": [
        {"what": "assigned", "at": AT, "by": "office-liu"},
        {"what": "failed", "at": "2026-02-10T02:00:00Z", "by": "helper-sun"},
    ],
}
OF_MESSAGE: dict[str, Any] = {
    "message_id": MESSAGE,
    "recipient_id": RESIDENT,
    "template": "case_opened",
    "cause": "e1",
    "subject": "c1",
    "area_path": DOOR,
    "created_at": AT,
    "read_at": None,
    "copies": [
        {
            "channel": "email",
            "state": "failed",
            "attempts": 5,
            "allowed": 5,
            "failure": "timed_out",
            "at": AT,
            "next_try_at": None,
            "tries": [{"at": AT, "outcome": "refused"}, {"at": AT, "outcome": "timed_out"}],
        }
    ],
}
DEPOT = {"depot_id": "depot-c01", "name": "春华物资站", "area_path": "/jinhe/hedong/chunhua/c01"}
STOCK = {"stock_id": "depot-c01/milk", "depot_id": "depot-c01", "item": "milk", "on_hand": 9, "reserved": 4, "free": 5}
VERIFIES = {
    "links": 12,
    "head": "a" * 64,
    "verified": 12,
    "faults": [],
    "published_on": "2026-02-10",
    "published_number": 5,
    "published_holds": True,
    "waiting": 0,
}
OF_ACT = {
    "number": 12,
    "act_id": "a12",
    "at": AT,
    "kind": "isolation.CaseOpened.v1",
    "subject": RESIDENT,
    "by": "doctor-chen",
    "because": "",
    "area_path": "/jinhe/hedong/chunhua/c01",
    "readings": 0,
    "verifies": True,
}


def reading(number: int, at: str, **more: Any) -> dict[str, Any]:
    """Return a reading of the resident."""
    known = {"reading_id": f"r{number}", "kind": "resident_file", "reader": "office-liu", "reader_area": "/jinhe"}
    return known | {"subject": RESIDENT, "purpose": "care of residents", "at": at} | more


def page(*items: Any, following: str | None = None) -> dict[str, Any]:
    """Return a page of a list."""
    return {"items": list(items), "next": following}


ANSWERS: dict[str, Any] = {
    "GET /v1/items": page(ITEM),
    "GET /v1/places": page({"path": DOOR.rpartition("/3/")[0], "name": "春华1号院", "level": "compound"}),
    "GET /v1/deliveries": page(OF_DELIVERY, following="next-page"),
    "GET /v1/deliveries/counts": {"waiting": 1, "planned": 3, "due": 2, "late": 1, "without_carrier": 2},
    f"GET /v1/deliveries/{DELIVERY}": OF_DELIVERY,
    "GET /v1/depots": page(DEPOT),
    "GET /v1/stock": page(STOCK),
    "POST /v1/residents/names": page(NAMED),
    "POST /v1/residents/identify": page(NAMED | {"phone": None}),
    "POST /v1/exports": {},
    "GET /v1/messages/sent": page(OF_MESSAGE, OF_MESSAGE | {"recipient_id": "keeper-g01", "copies": [], "read_at": AT}),
    "GET /v1/messages/counts": {"failed": 1, "sending": 0},
    f"GET /v1/messages/{MESSAGE}": OF_MESSAGE,
    "GET /v1/readings": page(reading(1, AT), reading(2, AT, purpose="break-glass: <i>contacts", subject="/jinhe")),
    "GET /v1/acts": page(OF_ACT, OF_ACT | {"number": 11, "kind": None, "at": None, "subject": None, "verifies": False}),
    "GET /v1/acts/verification": VERIFIES,
    "GET /v1/break-glass": page(OF_GLASS),
}
OFFICE_PAGES = (
    "/",
    "/supply",
    "/supply?state=all&kind=need&within=/jinhe&person=helper-sun&after=x",
    "/supply?state=cancelled&household_id=h1",
    "/supply/run?person=helper-sun&day=2026-02-10",
    f"/supply/new?resident_id={RESIDENT}",
    "/supply/stock",
    f"/supply/{DELIVERY}",
    "/messages",
    f"/messages?state=failed&channel=email&days=30&resident_id={RESIDENT}",
    "/messages?state=unread&after=x",
    f"/messages/{MESSAGE}?again=email",
)
AUDIT_PAGES = (
    "/",
    "/audit",
    "/audit/people?search=none",
    "/audit/readings",
    f"/audit/readings?subject={RESIDENT}&since=2026-02-01&until=2026-02-10",
    "/audit/readings?reader=office-liu",
    "/audit/acts",
    "/audit/acts?service=isolation&by=doctor-chen&kind=reading&since=2026-02-01",
    f"/messages/{MESSAGE}",
)
