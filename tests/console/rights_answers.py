"""What services answer about the rights of a person in tests of pages."""

from typing import Any

from tests.console.staff_answers import AREA, AT

RIGHT, ERASED = "0190a0a0-0000-7000-8000-0000000000a1", "0190a0a0-0000-7000-8000-0000000000a2"


def of_request(resident_id: str) -> dict[str, Any]:
    """Return a granted request for a copy."""
    return {
        "request_id": RIGHT,
        "resident_id": resident_id,
        "area_path": AREA,
        "kind": "export",
        "asked_by": "clerk-b",
        "asked_at": AT,
        "due_at": AT,
        "policy_since": "2021-11-01",
        "policy": "<个人信息保护法>",
        "overdue": False,
        "identity": "paper_seen",
        "note": "身份证",
        "purpose": "<b>本人</b>",
        "about": None,
        "wanted": "",
        "evidence": "",
        "state": "granted",
        "decided_by": "clerk-b",
        "decided_at": AT,
        "decision": "",
        "obstacles": [],
        "copy_until": AT,
        "copy_ready": True,
        "confirmed": [],
        "awaited": [],
    }


def of_erasure(resident_id: str) -> dict[str, Any]:
    """Return an erasure that waits for its decision."""
    more = {"request_id": ERASED, "kind": "erasure", "state": "open", "obstacles": ["open_case"], "copy_ready": False}
    done = {"service": "isolation", "at": AT, "removed": {"messages": 2}, "kept": {"cases": 1}}
    return of_request(resident_id) | more | {"overdue": True, "confirmed": [done], "awaited": ["supply"]}


def of_part(service: str, resident_id: str) -> dict[str, Any]:
    """Return a service's part of a copy."""
    row = {"name": "王<伟>", "phone": "19912345678", "papers": [], "legs": [{"by": "train"}]}
    kind = {"kind": "file", "then": "delete", "why": "", "rows": [row], "more": True}
    return {"service": service, "person_id": resident_id, "kinds": [kind]}


def answers(resident_id: str) -> dict[str, Any]:
    """Return what services answer about the requests of a resident."""
    granted, erasure = of_request(resident_id), of_erasure(resident_id)
    return {
        "GET /v1/rights": {"items": [granted, erasure], "next": None},
        f"GET /v1/rights/{RIGHT}": granted,
        f"GET /v1/rights/{ERASED}": erasure,
        f"POST /v1/rights/{ERASED}/grant": erasure | {"state": "granted"},
        f"POST /v1/rights/{ERASED}/refuse": erasure | {"state": "refused"},
        f"POST /v1/residents/{resident_id}/rights": granted,
        f"GET /v1/personal-data/{resident_id}": of_part("registration", resident_id),
    }


def pages(resident_id: str) -> tuple[str, ...]:
    """Return the pages about the rights of a person."""
    return (
        "/rights",
        "/rights?state=granted",
        f"/rights/{RIGHT}",
        f"/rights/{ERASED}",
        f"/rights/new?resident_id={resident_id}",
    )
