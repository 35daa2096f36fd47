"""`/docs`: Swagger UI from files of this process: no foreign host learns of a reader or gives the page a script.

The files are those that the package fastapi-offline carries; none of its code runs.
"""

from functools import cache
from importlib.resources import files
from types import MappingProxyType

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from shared.base.errors import NotFound

# Swagger UI sets styles of its elements; it needs no script but its own and the one below.
HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Lastmetre</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/begin.js"></script>
</body>
</html>
"""
_BEGIN = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
_KINDS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "begin.js": "text/javascript"}


def add_docs(app: FastAPI) -> None:
    """Add `/docs` and its files; they need no token and hold no data."""

    @app.get("/openapi.json", include_in_schema=False)
    async def show_document() -> JSONResponse:
        """The OpenAPI document."""
        return JSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False)
    async def show_docs() -> Response:
        """The page itself."""
        return Response(_PAGE, media_type="text/html", headers=dict(HEADERS))

    @app.get("/docs/{name}", include_in_schema=False)
    async def show_file(name: str) -> Response:
        """One of the page's files."""
        if name not in _KINDS:
            raise NotFound("http.404", "The page has no such file: see /docs")
        return Response(_content(name), media_type=_KINDS[name], headers=dict(HEADERS))


@cache
def _content(name: str) -> bytes:
    return _BEGIN.encode() if name == "begin.js" else (files("fastapi_offline") / "static" / name).read_bytes()
