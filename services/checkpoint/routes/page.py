"""The page for the gate: a scanner in a browser, which loads and decides with the network pulled (R2.2, R2.4)."""

import hashlib
import json
from pathlib import Path
from types import MappingProxyType

from fastapi import Response

from services.checkpoint.domain.reading import UNREAD_TEXTS
from services.checkpoint.domain.reasons import REASON_TEXTS
from shared.base.errors import NotFound
from shared.web.http import api_router
from shared.web.strict import takes_any_parameter

_FOLDER = Path(__file__).resolve().parents[1] / "page"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_INDEX, _WORKER, _REASONS = "index.html", "sw.js", "reasons.js"
_HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": "/gate",
    }
)

router = api_router("page", "")


def _files() -> dict[str, bytes]:
    """Return the page's files and the texts of reasons and of lines not read, which a page has before its first list.

    The worker gets their names, and a version that is another for other files.
    """
    files = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _KINDS}
    texts = {"REASONS": REASON_TEXTS, "UNREAD": UNREAD_TEXTS}
    files[_REASONS] = "".join(
        f"export const {name} = {json.dumps(words, ensure_ascii=False)};\n" for name, words in texts.items()
    ).encode()
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:16]
    kept = ["/gate", *(f"/gate/{name}" for name in files if name not in (_INDEX, _WORKER))]
    worker = files[_WORKER].replace(b"@VERSION@", version.encode()).replace(b"@FILES@", json.dumps(kept).encode())
    return files | {_WORKER: worker}


_FILES = _files()


@router.get("/gate", include_in_schema=False)
@takes_any_parameter  # the page reads them, as the gate of an enrolment: the service does not
async def show_page() -> Response:
    """The page itself."""
    return _answer(_INDEX)


@router.get("/gate/{name}", include_in_schema=False)
@takes_any_parameter
async def show_file(name: str) -> Response:
    """One of the page's files."""
    if name not in _FILES or name == _INDEX:
        raise NotFound("http.404", f"The page has no file {name}: see /gate")
    return _answer(name)


def _answer(name: str) -> Response:
    return Response(_FILES[name], media_type=_KINDS[Path(name).suffix], headers=dict(_HEADERS))
