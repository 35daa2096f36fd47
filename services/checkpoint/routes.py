"""Checkpoint over HTTP."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.checkpoint import schemas, usecases
from services.checkpoint.domain import REASON_TEXTS, Refusal, Scan
from services.checkpoint.schemas import MAX_BATCH
from services.checkpoint.usecases import Deps
from shared import http
from shared.access import Principal, Role, allow
from shared.errors import Invalid, TooLarge
from shared.mongo import Document

PAGE = 200
DEFAULT_WINDOW = timedelta(days=1)

router = APIRouter(prefix="/v1", tags=["checkpoint"])
Uses = Annotated[Deps, Depends(http.deps)]
Gate = Annotated[Principal, Depends(allow(Role.DEVICE, Role.COMMUNITY, Role.CITY))]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]

_scan = msgspec.json.Decoder(Scan)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_encoder = msgspec.json.Encoder()
_ONE = {"requestBody": {"required": True, "content": {"application/json": {"schema": schemas.SCAN_SCHEMA["Scan"]}}}}
_LINES = {"schema": {"type": "string", "description": "one scan, as for POST /v1/scans, a line"}}
_ARRAY = {"schema": {"type": "array", "maxItems": MAX_BATCH, "items": schemas.SCAN_SCHEMA["Scan"]}}
_MANY = {
    "requestBody": {"required": True, "content": {"application/json": _ARRAY, "application/x-ndjson": _LINES}},
}


@router.post("/scans", openapi_extra=_ONE, responses={200: {"description": "The verdict"}})
async def post_scan(request: Request, deps: Uses, caller: Gate) -> Response:
    """Decide on one scan (R2.2, R2.3): scan_id, verdict, reasons, durable, standing_as_of."""
    (answer,) = await usecases.scan(deps, caller, [_read(await request.body())])
    if isinstance(answer, Refusal):
        raise Invalid(answer.error["code"], answer.error["detail"], scan_id=answer.scan_id)
    return _json(answer)


@router.post(
    "/scans/batch", openapi_extra=_MANY, responses={200: {"description": "Verdicts in the order of the scans"}}
)
async def post_scans(request: Request, deps: Uses, caller: Gate) -> Response:
    """Decide on up to 1,000 scans, as a JSON array or NDJSON; a bad one gets its own `error` (R2.2)."""
    return _json(await usecases.scan(deps, caller, [_read(raw) for raw in _split(await request.body())]))


@router.get("/reasons")
async def list_reasons() -> list[schemas.ReasonText]:
    """The texts of the reasons, in Chinese and English, for the screen at the gate."""
    return [schemas.ReasonText(code=code, zh=zh, en=en) for code, (zh, en) in REASON_TEXTS.items()]


@router.put("/gates")
async def define_gate(body: schemas.GateBody, deps: Uses, caller: Office) -> schemas.GateBody:
    """Define a gate (卡口) or change it (R2.1)."""
    gate = await usecases.define_gate(deps, caller, body.gate_id, body.name, body.area_path)
    return schemas.GateBody(gate_id=gate["_id"], name=gate["name"], area_path=gate["area_path"])


@router.get("/gates")
async def list_gates(deps: Uses, caller: Staff) -> list[schemas.GateBody]:
    """List the gates in the caller's area."""
    found = await deps.store.gates_within(caller.area)
    return [schemas.GateBody(gate_id=g["_id"], name=g["name"], area_path=g["area_path"]) for g in found]


@router.get("/passages")
async def list_passages(
    deps: Uses,
    caller: Staff,
    resident_id: str = "",
    gate_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    purpose: str = "",
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = PAGE,
) -> schemas.PassagePage:
    """Passages by resident or gate and time; a resident's need a `purpose`, and the reading is recorded (R2.8)."""
    if bool(resident_id) == bool(gate_id):
        raise Invalid("checkpoint.one_subject", "Name either resident_id or gate_id")
    now = deps.clock.now()
    start, end = since or now - DEFAULT_WINDOW, until or now + DEFAULT_WINDOW
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("checkpoint.time_zone", "Give 'since' and 'until' with a time zone, as 2026-01-31T08:00:00Z")
    if resident_id:
        if len(purpose.strip()) < 3:
            raise Invalid("checkpoint.purpose_missing", "Say the 'purpose' of reading a person's trajectory")
        await deps.store.note_reading(caller.subject, resident_id, purpose.strip(), now)
    who = {"resident_id": resident_id} if resident_id else {"gate_id": gate_id}
    found = await deps.store.passages(who, caller.area, start, end, after, limit)
    last = f"{found[-1]['at'].isoformat()}/{found[-1]['_id']}" if len(found) == limit else None
    items = [schemas.PassageView.model_validate(p | {"scan_id": p["_id"]}) for p in found]
    return schemas.PassagePage(items=items, next=last)


@router.get("/presence")
async def presence(deps: Uses, caller: Staff, within: str = "") -> dict[str, int]:
    """How many residents are inside the places within a path now (R2.7)."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    return {"inside": await deps.store.inside(path)}


@router.get("/alerts")
async def list_alerts(
    deps: Uses, caller: Staff, limit: Annotated[int, Query(ge=1, le=1000)] = PAGE
) -> list[schemas.AlertView]:
    """The newest alerts at gates in the caller's area (R2.9)."""
    return [_alert(found) for found in await deps.store.alerts_within(caller.area, limit)]


def _alert(found: Document) -> schemas.AlertView:
    return schemas.AlertView.model_validate(found | {"alert_id": found["_id"]})


def _split(body: bytes) -> Sequence[bytes | msgspec.Raw]:
    parts: Sequence[bytes | msgspec.Raw]
    if body.lstrip()[:1] == b"[":
        try:
            parts = _list.decode(body)
        except msgspec.DecodeError as error:
            raise Invalid("request.broken_json", f"The body is no JSON array ({error}): send it again") from None
    else:
        parts = [line for line in body.split(b"\n") if line.strip()]
    if not parts:
        raise Invalid("checkpoint.empty_batch", "The batch holds no scan")
    if len(parts) > MAX_BATCH:
        raise TooLarge("checkpoint.batch_too_large", f"A batch holds at most {MAX_BATCH} scans: send the rest after it")
    return parts


def _read(raw: bytes | msgspec.Raw) -> Scan | Refusal:
    try:
        return _scan.decode(raw)
    except msgspec.ValidationError as error:
        return Refusal(_scan_id(raw), {"code": "checkpoint.invalid_scan", "detail": f"{error}: correct it"})
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Refusal(None, {"code": "request.broken_json", "detail": f"This is no JSON ({error}): send it again"})


def _scan_id(raw: bytes | msgspec.Raw) -> str | None:
    found: Any = msgspec.json.decode(raw)
    scan_id = found.get("scan_id") if isinstance(found, dict) else None
    return scan_id if isinstance(scan_id, str) else None


def _json(content: Any) -> Response:
    return Response(_encoder.encode(content), media_type="application/json")
