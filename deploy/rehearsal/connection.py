"""A minimal HTTP/1.1 client, so that the server limits the load and not the client."""

import asyncio
from typing import NamedTuple, cast

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_RETRY_AFTER = b"\r\nretry-after: "


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    head: bytes
    body: bytes

    @property
    def retry_after_s(self) -> float:
        """The seconds of `Retry-After`; 1 without it."""
        seconds = _field(self.head, _RETRY_AFTER)
        return float(seconds) if seconds.isdigit() else 1.0


class Connection(asyncio.Protocol):
    """One persistent connection: one request at a time; answers need a Content-Length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own kind

    def write(self, request: bytes) -> None:
        """Send a request; the previous one must be answered."""
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect the answer."""
        self._buffer += data
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return
        head, at = self._buffer[: end + 2], end + len(_HEAD_END)
        length = int(_field(head, _LENGTH) or b"0")
        if len(self._buffer) < at + length:
            return
        body, self._buffer = self._buffer[at : at + length], b""
        self.on_answer(Answer(int(head[9:12]), head, body))

    def on_answer(self, answer: Answer) -> None:
        """Receive a whole answer."""
        raise NotImplementedError

    @property
    def open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


def head_of(path: str, token: str, content_type: str) -> bytes:
    """Return the beginning of a POST, to which `request` adds the body."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        f"Content-Type: {content_type}",
        "Content-Length: ",
    )
    return "\r\n".join(lines).encode()


def request(head: bytes, body: bytes) -> bytes:
    """Return a whole request."""
    return b"%b%d\r\n\r\n%b" % (head, len(body), body)


def _field(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(name)
    return head[at + len(name) : head.index(b"\r\n", at + len(name))].strip() if at >= 0 else b""
