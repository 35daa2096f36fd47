"""Scans over HTTP."""

import json
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec

from services.checkpoint.domain.reasons import REASON_TEXTS
from services.checkpoint.domain.scan import Fault, Refusal, Scan
from services.checkpoint.routes.callers import AnyCaller
from services.checkpoint.schemas import scans as schemas
from services.checkpoint.schemas.scans import MAX_BATCH
from services.checkpoint.usecases import Deps, scans
from shared.base.errors import Invalid, TooLarge
from shared.base.years import is_countable
from shared.web.access import Role
from shared.web.direct import Direct, Posted
from shared.web.http import api_router
from shared.web.pages import Listed, Page
from shared.web.problems import chinese_of

SMALLEST_SCAN_BYTES = 150

router = api_router("scans", about="Scans at gates and their verdicts.")

_scan = msgspec.json.Decoder(Scan)
_list = msgspec.json.Decoder(list[msgspec.Raw])
_scans = msgspec.json.Decoder(list[Scan])
_encode = msgspec.json.Encoder().encode
_DEVICE_TIME = schemas.DEVICE_TIME.lower().encode()
Raw = bytes | msgspec.Raw


@router.get("/reasons")
async def list_reasons(_: AnyCaller, listing: Listed) -> Page[schemas.ReasonText]:
    """The texts of the reasons, in Chinese and English, for the screen at the gate, a page at a time."""
    texts = [schemas.ReasonText(code=code, zh=zh, en=en) for code, (zh, en) in REASON_TEXTS.items()]
    page, following = listing.part(texts, attrgetter("code"))
    return listing.page(page, following)


class ScanRoutes:
    """The two routes of the scan path, which are served past FastAPI's layers."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        roles = frozenset((Role.DEVICE, Role.COMMUNITY, Role.CITY))
        self.all = (
            Direct("/v1/scans", roles, self.post_scan, schemas.ONE_SCAN),
            Direct("/v1/scans/batch", roles, self.post_scans, schemas.MANY_SCANS),
        )

    async def post_scan(self, posted: Posted) -> bytes:
        """Decide on one scan (R2.2, R2.3)."""
        body = await posted.body.read()
        with self._deps.in_flight.admitted(posted.caller.subject, 1):
            (answer,) = await scans.scan(self._deps, posted.caller, (_read(body),), _device_time(posted))
        if isinstance(answer, Refusal):
            raise Invalid(answer.error.code, answer.error.detail, scan_id=answer.scan_id)
        return _encode(answer)

    async def post_scans(self, posted: Posted) -> bytes:
        """Decide on up to 1,000 scans, as a JSON array or NDJSON; a bad one gets its own `error` (R2.2)."""
        body = await posted.body.read()
        with self._deps.in_flight.admitted(posted.caller.subject, _at_most(len(body))):
            answers = await scans.scan(self._deps, posted.caller, _read_all(body), _device_time(posted))
            return _encode([_in_both(one) if isinstance(one, Refusal) else one for one in answers])


def _device_time(posted: Posted) -> datetime | None:
    """Return the time by the device's clock. Raises `Invalid` where that cannot be read."""
    header = posted.headers.get(_DEVICE_TIME)
    if header is None:
        return None
    try:
        at = datetime.fromisoformat(header.decode("latin-1"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not is_countable(at):
        text = f"The header {schemas.DEVICE_TIME} is no time with a zone, as 2026-01-31T08:00:00Z: correct it"
        raise Invalid("checkpoint.device_time", text)
    return at


def _in_both(refusal: Refusal) -> Refusal:
    """Return why a scan of a batch was not accepted, in English and Chinese."""
    error = refusal.error
    return Refusal(refusal.scan_id, Fault(error.code, error.detail, chinese_of(error.code, {})))


def _at_most(size: int) -> int:
    """Return how many scans a body of so many bytes can hold."""
    return min(MAX_BATCH, size // SMALLEST_SCAN_BYTES + 1)


def _read_all(body: bytes) -> Sequence[Scan | Refusal]:
    """Return the scans of a batch, where one that is wrong harms no neighbour."""
    is_list = body.lstrip()[:1] == b"["
    try:
        many: list[Scan] = _scans.decode(body) if is_list else _scan.decode_lines(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [_read(raw) for raw in _split(body, is_list)]
    _check_size(len(many))
    return many


def _split(body: bytes, is_list: bool) -> Sequence[Raw]:
    parts = _elements(body) if is_list else [line for line in body.split(b"\n") if line.strip()]
    _check_size(len(parts))
    return parts


def _check_size(scans: int) -> None:
    if not scans:
        raise Invalid("checkpoint.empty_batch", "The batch holds no scan")
    if scans > MAX_BATCH:
        text = f"A batch holds at most {MAX_BATCH} scans: send the rest after it"
        raise TooLarge("checkpoint.batch_too_large", text, most=MAX_BATCH)


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
        body: Any = msgspec.json.decode(raw)  # Any: it is no valid scan
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    scan_id = body.get("scan_id") if isinstance(body, dict) else None
    return scan_id if isinstance(scan_id, str) and len(scan_id) <= 36 else None
