"""Scans over HTTP."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from services.checkpoint.domain.reasons import REASON_TEXTS
from services.checkpoint.domain.scan import Fault, Refusal, Scan
from services.checkpoint.routes.callers import Anyone, Gate, Uses
from services.checkpoint.schemas import scans as schemas
from services.checkpoint.schemas.scans import MAX_BATCH
from services.checkpoint.usecases import scans
from shared.errors import Invalid, TooLarge

SMALLEST_SCAN_BYTES = 150

router = APIRouter(prefix="/v1", tags=["scans"])

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
