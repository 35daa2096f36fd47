"""A connection that is closed before its request is whole: its caller still gets the answer.

Where bytes arrive at a closed connection, the system cuts it off, and the caller may lose what it has not read yet. So
only the answering half is closed at first, and what still arrives is thrown away, for a time and so many bytes.
"""

import asyncio
from typing import Any, Protocol


class Receiving(Protocol):
    """What knows whether its caller is in the middle of a request."""

    def still_sends(self) -> bool:
        """Whether a request has begun to arrive and is not whole."""
        ...

    def begin_to_linger(self) -> None:
        """Throw away what arrives from now on, within the limits."""
        ...


class Lingering:
    """A transport whose `close` waits for a caller who still sends; in all else it is the transport."""

    def __init__(self, transport: asyncio.Transport, receiving: Receiving) -> None:
        self._transport = transport
        self._receiving = receiving
        self.lingers = False
        self.write = transport.write  # of each answer: not by way of `__getattr__`

    def __getattr__(self, name: str) -> Any:  # Any: whatever a transport has
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more is answered."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """Close the connection once what was written is sent, and a caller who still sends has had time to read it."""
        if self._receiving.still_sends():
            self.linger()
        else:
            self._transport.close()

    def linger(self) -> None:
        """Close the answering half, and the rest once the caller has closed its own or is over the limits."""
        if self.is_closing():
            return
        if not self._transport.can_write_eof():
            self._transport.close()
            return
        self.lingers = True
        self._receiving.begin_to_linger()
        self._transport.write_eof()
