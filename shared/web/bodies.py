"""The bodies of requests: read outside the slots of the service, counted by what arrived, with a share per caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from shared.base.errors import Unavailable
from shared.web.http import BodyTooLarge

# The largest body, a roster, fits into one caller's share.
ALL_BYTES, SHARE_BYTES = 96 << 20, 24 << 20
# Where no token is needed a body is small, and a peer's share too.
OPEN_BODY_BYTES, OPEN_SHARE_BYTES = 8 << 10, 64 << 10
RETRY_AFTER_S = 2


class Sender(NamedTuple):
    """Who sends a body: the subject of a token, or a peer without one."""

    name: str
    has_token: bool


class Held:
    """What one request holds of the memory for bodies."""

    __slots__ = ("_bodies", "bytes", "sender")

    def __init__(self, bodies: "Bodies", sender: Sender) -> None:
        self._bodies = bodies
        self.sender = sender
        self.bytes = 0

    def add(self, size: int) -> None:
        """Count bytes that arrived. Raises `Unavailable` over the sender's share, or over that of all."""
        self.bytes += size
        self._bodies.add(self.sender, size)


class Bodies:
    """How many bytes of bodies this process holds, in all and by sender."""

    def __init__(self) -> None:
        self.all = 0
        self.by_sender: dict[Sender, int] = {}

    @contextmanager
    def held(self, sender: Sender) -> Iterator[Held]:
        """Count the body of one request; it is counted out at the end of the context."""
        held = Held(self, sender)
        try:
            yield held
        finally:
            if held.bytes:
                self._leave(sender, held.bytes)

    def add(self, sender: Sender, size: int) -> None:
        """Count bytes in; see `Held.add`."""
        mine = self.by_sender[sender] = self.by_sender.get(sender, 0) + size
        self.all += size
        if mine > (SHARE_BYTES if sender.has_token else OPEN_SHARE_BYTES) or self.all > ALL_BYTES:
            text = "Too much is sent at once: send it again after what was sent before is answered"
            chinese = "同时发送的内容过多：请等前面的请求得到答复后再发送"
            raise Unavailable("server.bodies_full", text, RETRY_AFTER_S, detail_zh=chinese)

    def _leave(self, sender: Sender, size: int) -> None:
        self.all -= size
        left = self.by_sender[sender] - size
        if left:
            self.by_sender[sender] = left
        else:
            del self.by_sender[sender]


class Counted:
    """Receives a body and counts it. Raises `BodyTooLarge` as soon as it is."""

    __slots__ = ("_held", "_left", "_limit", "_receive")

    def __init__(self, receive: Receive, limit: int, held: Held) -> None:
        self._receive = receive
        self._limit = self._left = limit
        self._held = held

    async def __call__(self) -> Message:
        """Receive the next part."""
        message = await self._receive()
        if size := len(message.get("body", b"")):
            self._left -= size
            if self._left < 0:
                raise BodyTooLarge(self._limit)
            self._held.add(size)
        return message


async def whole(receive: Receive) -> bytes:
    """Return a whole body. Raises `ClientDisconnect` when the caller hangs up before."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


class Replayed:
    """Receives a body that was read before, then what the connection brings."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """Receive the body, then what follows."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
