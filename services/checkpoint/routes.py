"""Checkpoint over HTTP."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.checkpoint import schemas
from services.checkpoint.domain import REASON_TEXTS, Fault, Refusal, Scan
from services.checkpoint.schemas import MAX_BATCH
from services.checkpoint.store import After
from services.checkpoint.usecases import Deps, gates, scans
from shared import http
from shared.access import Principal, Role, allow
from shared.errors import Invalid, TooLarge
from shared.mongo import Document

PAGE = 200
DEFAULT_WINDOW = timedelta(days=1)
ALERT_WINDOW = timedelta(days=7)
PURPOSE_LENGTHS = (3, 200)
SMALLEST_SCAN_BYTES = 150

router = APIRouter(prefix="/v1", tags=["checkpoint"])
Uses = Annotated[Deps, Depends(http.deps)]
Anyone = Annotated[Principal, Depends(allow())]
Gate = Annotated[Principal, Depends(allow(Role.DEVICE, Role.COMMUNITY, Role.CITY))]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Limit = Annotated[int, Query(ge=1, le=1000)]

_scan = msgspec.json.Decoder(Scan)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_encoder = msgspec.json.Encoder()
Raw = bytes | msgspec.Raw


@router.post("/scans", openapi_extra=schemas.ONE_SCAN, responses=schemas.ONE_ANSWER)
async def post_scan(request: Request, deps: Uses, caller: Gate) -> Response:
    """Decide on one scan (R2.2, R2.3)."""
    with deps.in_flight.admitted(1):
        (answer,) = await scans.scan(deps, caller, [_read(await request.body())])
    if isinstance(answer, Refusal):
        raise Invalid(answer.error.code, answer.error.detail, scan_id=answer.scan_id)
    return _json(answer)


@router.post("/scans/batch", openapi_extra=schemas.MANY_SCANS, responses=schemas.MANY_ANSWERS)
async def post_scans(request: Request, deps: Uses, caller: Gate) -> Response:
    """Decide on up to 1,000 scans, as a JSON array or NDJSON; a bad one gets its own `error` (R2.2)."""
    with deps.in_flight.admitted(_at_most(request)):
        return _json(await scans.scan(deps, caller, [_read(raw) for raw in _split(await request.body())]))


@router.get("/reasons")
async def list_reasons(_: Anyone) -> list[schemas.ReasonText]:
    """The texts of the reasons, in Chinese and English, for the screen at the gate."""
    return [schemas.ReasonText(code=code, zh=zh, en=en) for code, (zh, en) in REASON_TEXTS.items()]


@router.put("/gates")
async def define_gate(body: schemas.GateBody, deps: Uses, caller: Office) -> schemas.GateBody:
    """Define a gate (卡口) or change it (R2.1)."""
    return _gate(await gates.define_gate(deps, caller, body.gate_id, body.name, body.area_path))


@router.get("/gates")
async def list_gates(deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE) -> schemas.GatePage:
    """List the gates in the caller's area, a page at a time."""
    found = await deps.store.gates_within(caller.area, after, limit)
    following = found[-1]["_id"] if len(found) == limit else None
    return schemas.GatePage(items=[_gate(gate) for gate in found], next=following)


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
    limit: Limit = PAGE,
) -> schemas.PassagePage:
    """Passages by resident, gate and time; a resident's need a `purpose`, and the reading is recorded (R2.8)."""
    who = {name: value for name, value in (("resident_id", resident_id), ("gate_id", gate_id)) if value}
    if not who:
        raise Invalid("checkpoint.subject_missing", "Name a resident_id, a gate_id or both")
    now = deps.clock.now()
    start, end = _zoned(since or now - DEFAULT_WINDOW), _zoned(until or now + DEFAULT_WINDOW)
    cursor = _cursor(after)
    if resident_id:
        await deps.store.note_reading(caller.subject, resident_id, _purpose(purpose), now)
    found = await deps.store.passages(who, caller.area, start, end, cursor, limit)
    items = [schemas.PassageView.model_validate(row | {"scan_id": row["_id"]}) for row in found]
    return schemas.PassagePage(items=items, next=_next(found, limit))


@router.get("/presence")
async def presence(deps: Uses, caller: Staff, within: str = "") -> schemas.PresenceView:
    """How many residents are inside the places within a path now (R2.7)."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    found = await deps.store.inside(path)
    places = [schemas.PlacePresence(area_path=place, inside=count) for place, count in found.items()]
    return schemas.PresenceView(within=path, inside=sum(found.values()), places=places)


@router.get("/alerts")
async def list_alerts(
    deps: Uses, caller: Staff, since: datetime | None = None, after: str = "", limit: Limit = PAGE
) -> schemas.AlertPage:
    """Alerts at gates in the caller's area, the newest first, by default of the last seven days (R2.9)."""
    start = _zoned(since or deps.clock.now() - ALERT_WINDOW)
    found = await deps.store.alerts_within(caller.area, start, _cursor(after), limit)
    items = [schemas.AlertView.model_validate(row | {"alert_id": row["_id"]}) for row in found]
    return schemas.AlertPage(items=items, next=_next(found, limit))


def _gate(found: Document) -> schemas.GateBody:
    return schemas.GateBody(gate_id=found["_id"], name=found["name"], area_path=found["area_path"])


def _zoned(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise Invalid("checkpoint.time_zone", "Give 'since' and 'until' with a time zone, as 2026-01-31T08:00:00Z")
    return at


def _purpose(text: str) -> str:
    shortest, longest = PURPOSE_LENGTHS
    if not shortest <= len(text.strip()) <= longest:
        wanted = f"in {shortest} to {longest} characters"
        raise Invalid("checkpoint.purpose_missing", f"Say the 'purpose' of reading a person's trajectory, {wanted}")
    return text.strip()


def _next(found: Sequence[Document], limit: int) -> str | None:
    if len(found) < limit:
        return None
    return f"{found[-1]['at'].isoformat().replace('+00:00', 'Z')}/{found[-1]['_id']}"


def _cursor(after: str) -> After | None:
    if not after:
        return None
    at, _, identity = after.partition("/")
    try:
        return After(_zoned(datetime.fromisoformat(at)), identity)
    except ValueError:
        raise Invalid("checkpoint.bad_cursor", "'after' is the 'next' of the page before: send it as it came") from None


def _at_most(request: Request) -> int:
    """Return how many scans a body can hold by its length, before it is read."""
    length = request.headers.get("content-length", "")
    return min(MAX_BATCH, int(length) // SMALLEST_SCAN_BYTES + 1) if length.isdecimal() else MAX_BATCH


def _split(body: bytes) -> Sequence[Raw]:
    parts = _elements(body) if body.lstrip()[:1] == b"[" else [line for line in body.split(b"\n") if line.strip()]
    if not parts:
        raise Invalid("checkpoint.empty_batch", "The batch holds no scan")
    if len(parts) > MAX_BATCH:
        raise TooLarge("checkpoint.batch_too_large", f"A batch holds at most {MAX_BATCH} scans: send the rest after it")
    return parts


def _elements(body: bytes) -> Sequence[Raw]:
    try:
        return _list.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        # Half a surrogate pair or a NaN in one scan does not harm its neighbours: each gets its own error.
        return [json.dumps(element).encode() for element in json.loads(body)]
    except (ValueError, RecursionError) as error:
        raise Invalid("request.broken_json", f"The body is no JSON array ({error}): send it again") from None


def _read(raw: Raw) -> Scan | Refusal:
    try:
        return _scan.decode(raw)
    except msgspec.ValidationError as error:
        return Refusal(_scan_id(raw), Fault("checkpoint.invalid_scan", f"{error}: correct it"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refusal(None, Fault("request.broken_json", f"This is no JSON ({error}): send it again"))


def _scan_id(raw: Raw) -> str | None:
    """Return the id of a scan that is not valid, where it has one that can be read."""
    try:
        found: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    scan_id = found.get("scan_id") if isinstance(found, dict) else None
    return scan_id if isinstance(scan_id, str) and len(scan_id) <= 36 else None


def _json(content: Any) -> Response:
    return Response(_encoder.encode(content), media_type="application/json")
