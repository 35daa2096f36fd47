"""What a connection may take before its request is whole, and for how long: one rule for heads, bodies and answers."""

import asyncio
import json
import math
from dataclasses import dataclass
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.base.ids import new_id
from shared.web.lingering import Lingering
from shared.web.problems import chinese_of

NEVER = math.inf
# Added to every answer of every service, in place of what the answer itself names.
SAFE_HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
# The one header about caches that stays: of a file without data whose address changes with its content.
KEPT_FOR_GOOD = (b"cache-control", b"public, max-age=31536000, immutable")


@dataclass(frozen=True)
class SocketLimits:
    """Times in seconds. A body or an answer has its time and as much more as its bytes need at the slowest rate.

    A caller who still sends after the answer has `linger_s` and `linger_bytes` until it is cut off.
    """

    head_bytes: int = 64 << 10
    head_s: float = 10.0
    body_s: float = 20.0
    longest_body_s: float = 180.0
    answer_s: float = 30.0
    slowest_bytes_s: int = 4 << 10
    pipelined: int = 64
    linger_s: float = 5.0
    linger_bytes: int = 4 << 20


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's connection with limits; `check` is called once a second and ends what is over its time.

    Bytes that bring neither the end of the head nor a part of a body are counted: a head has `head_bytes`, and so
    have the trailers of a body and the extensions of a chunk.
    """

    limits: ClassVar[SocketLimits] = SocketLimits()
    _idle_bytes = 0
    _body_bytes = 0
    _body_began = 0.0
    _over_at = NEVER
    _unread_over_at = NEVER
    _received = False
    _refused = False
    _in_message = False
    _thrown_away = 0
    _lingering: Lingering

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin the time of the first head, which an idle connection has too."""
        self._lingering = Lingering(transport, self)
        super().connection_made(cast(asyncio.Transport, self._lingering))
        self._over_at = self.loop.time() + self.limits.head_s

    def still_sends(self) -> bool:
        """Whether the body of a request has begun to arrive and is not whole."""
        return self._in_message

    def begin_to_linger(self) -> None:
        """Throw away what arrives from now on; `check` ends the connection in time."""
        self._refused = True
        self._over_at = self.loop.time() + self.limits.linger_s
        self.flow.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Read what has arrived, and refuse the connection once it is too much."""
        if self._lingering.lingers:
            self._thrown_away += len(data)
            if self._thrown_away > self.limits.linger_bytes:
                self.transport.abort()
            return
        if self._over_at == NEVER:
            self._over_at = self.loop.time() + self.limits.head_s
        self._received = True
        while data and not self._refused and not self.transport.is_closing():
            room = self.limits.head_bytes - self._idle_bytes
            if room <= 0:
                text = f"The headers are larger than {self.limits.head_bytes} bytes: send fewer or shorter ones"
                self._refuse(431, "request.headers_too_large", text)
                return
            part, data = data[:room], data[room:]
            self._idle_bytes += len(part)
            super().data_received(part)

    def on_headers_complete(self) -> None:
        """Begin the body's time."""
        self._in_message = True
        self._idle_bytes = self._body_bytes = 0
        self._body_began = self.loop.time()
        self._over_at = self._body_began + self.limits.body_s
        super().on_headers_complete()
        if len(self.pipeline) > self.limits.pipelined:
            raise ValueError("too many requests before the first answer")  # the parser ends the connection

    def on_body(self, body: bytes) -> None:
        """Give the body the time that its bytes need at the slowest rate."""
        self._idle_bytes = 0
        self._body_bytes += len(body)
        time_s = self.limits.body_s + self._body_bytes / self.limits.slowest_bytes_s
        self._over_at = self._body_began + min(time_s, self.limits.longest_body_s)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request's time."""
        self._in_message = False
        self._idle_bytes = 0
        self._over_at = NEVER
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Begin the time in which the caller takes what waits for it."""
        super().pause_writing()
        waiting = self.transport.get_write_buffer_size()
        self._unread_over_at = self.loop.time() + self.limits.answer_s + waiting / self.limits.slowest_bytes_s

    def resume_writing(self) -> None:
        """End that time."""
        super().resume_writing()
        self._unread_over_at = NEVER

    def check(self, now: float, since_s: float) -> None:
        """End the connection where its time is over at `now`; the last check was `since_s` seconds before."""
        if now >= self._unread_over_at:
            self.transport.abort()
        elif self.flow.read_paused and not self._refused:
            self._over_at += since_s  # the service does not read: the caller is not late
        elif now >= self._over_at:
            if self._refused:
                self.transport.abort()
            elif not self._received or (self.cycle is not None and self.cycle.response_started):
                self.transport.close()
                self._over_at, self._refused = now + self.limits.head_s, True
            else:
                self._refuse(408, "request.too_slow", "The request did not arrive in time: send it again")

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem detail, as every other refusal."""
        self._refuse(400, "request.no_http", f"{msg} Correct it and connect again")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        self._refused = True
        self._over_at = self.loop.time() + self.limits.head_s  # by then the caller has the answer, or never
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(status, code, detail))
        self._lingering.linger()


def _answer(status: int, code: str, detail: str) -> bytes:
    """Return a whole answer with a problem detail, where no application has the request."""
    line = STATUS_LINE[status]
    title = line.split(b" ", 2)[2].strip().decode()
    identity = new_id()
    body = json.dumps(
        {"type": f"urn:lastmetre:{code}", "title": title, "status": status}
        | {"code": code, "detail": detail, "detail_zh": chinese_of(code, {}), "correlation_id": identity}
    ).encode()
    headers = (
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        (b"x-correlation-id", identity.encode()),
        *SAFE_HEADERS,
    )
    return line + b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + body
