"""Requests to an application part by part, as a connection would bring them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any


class Request:
    """A POST request whose body arrives as `parts`; after them it waits for good."""

    def __init__(self, app: Any, path: str, headers: Mapping[str, str], parts: Sequence[bytes] = ()) -> None:
        self._app = app
        self._path = path
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._parts = list(parts)
        self.read = 0
        self.status = 0

    async def run(self) -> int:
        """Return the status of the answer, without the end of the body."""
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "headers": self._headers,
            "client": ("10.0.0.1", 1),
        }
        await self._app(scope, self._receive, self._send)
        return self.status

    async def _receive(self) -> Any:
        self.read += 1
        if not self._parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": self._parts.pop(0), "more_body": True}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
