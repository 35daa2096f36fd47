"""Static files: styles, the small scripts, and htmx out of the package that carries it.

The address of a file names the hash of its content, so a browser keeps it for good. Any other address of a file, as a
page of another version has it, is answered too and not kept.
"""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from services.console.routes.callers import page_router
from shared.web.sockets import KEPT_FOR_GOOD

_FOLDER = Path(__file__).resolve().parents[1] / "page"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_GOOD = {name.decode(): value.decode() for name, value in (KEPT_FOR_GOOD,)}
_HASH_DIGITS = 16

router = page_router()


class StaticFile(NamedTuple):
    """A static file, its type, the hash of its content, and the content compressed."""

    content: bytes
    kind: str
    digest: str
    compressed: bytes

    @classmethod
    def of(cls, content: bytes, suffix: str) -> "StaticFile":
        """Return the file of a content; files hold no secret, so that their compressed length tells none."""
        digest = hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]
        return cls(content, _KINDS[suffix], digest, gzip.compress(content, mtime=0))


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return the static files by name."""
    own = {path.name: StaticFile.of(path.read_bytes(), path.suffix) for path in sorted(_FOLDER.iterdir())}
    htmx = files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    return own | {"htmx.js": StaticFile.of(htmx.read_bytes(), ".js")}


def addresses() -> dict[str, str]:
    """Return the address of each static file by its name."""
    return {name: f"/static/{file.digest}/{name}" for name, file in static_files().items()}


@router.get("/static/{digest}/{name}")
async def show(request: Request, digest: str, name: str) -> Response:
    """Return one of the static files; they hold no data and need no sign-in."""
    file = static_files().get(name)
    if file is None:
        raise HTTPException(404)
    headers = {"Vary": "Accept-Encoding"} | (_FOR_GOOD if digest == file.digest else {})
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.compressed, media_type=file.kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.kind, headers=headers)


@router.get("/static/{name}")
async def show_of_earlier(request: Request, name: str) -> Response:
    """Return a static file to a page of the version before."""
    return await show(request, "", name)


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    """Return the icon that browsers ask for."""
    return await show(request, "", "icon.svg")
