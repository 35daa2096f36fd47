"""MACs on records: without a key of a topic's owner, a record can be neither made nor changed, moved or renamed.

The MAC covers the topic, the key, the exact bytes of the value and every attribute of the envelope: who could change an
event's id, type or time could let an old event pass for the newest. It is keyed BLAKE2b of 16 bytes in the header
`lm_mac`, behind the number of its key. A topic belongs to the service that its name begins with.
"""

import hashlib
import hmac
import logging
import struct
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Self

from shared.base import metrics
from shared.base.clock import Clock
from shared.base.keys import key_from
from shared.envelope.event import FORGED, BrokenMessage, Headers, ReadHeaders

HEADER = "lm_mac"
ORIGINAL_TOPIC = "dl_topic"  # of a dead letter that states an event which has not been on the bus
LOOK_EVERY_S = 5.0  # a changed file of keys is read within this time
LOOK_SOONEST_S = 0.5  # and at most so often where a key is not known
_MAC_BYTES = 16
_NUMBERS = range(256)
_PERSON = b"lastmetre-event"
_DEAD_LETTERS = ".dead-letters."

logger = logging.getLogger(__name__)


class Unsigned(BrokenMessage):
    """A record without a MAC: it is forged, or of a version that signed nothing."""


class ProducerKeys(NamedTuple):
    """The keys of one service by number: the last one signs, all of them verify."""

    by_number: dict[int, bytes]

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the keys of a file: a line each, its number (0 to 255), a space, 32 bytes in base64.

        Raises `ValueError` with a sentence that names the line and never the key.
        """
        keys: dict[int, bytes] = {}
        for at, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            number, _, key = line.strip().partition(" ")
            if not number.isdecimal() or int(number) not in _NUMBERS or int(number) in keys:
                raise ValueError(f"event keys, line {at}: it begins with a number of its own from 0 to 255")
            try:
                keys[int(number)] = key_from(key.strip())
            except ValueError:
                raise ValueError(f"event keys, line {at}: the key is 32 bytes in base64") from None
        if not keys:
            raise ValueError("no event key was given: one a line, its number, a space, 32 bytes in base64")
        return cls(keys)

    @property
    def signing(self) -> int:
        """The number of the key that signs."""
        return next(reversed(self.by_number.keys()))


class _File:
    """The keys of one service in a file that may be replaced while the process runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._stat()
        self.keys = ProducerKeys.read(path.read_text())

    def look(self) -> None:
        """Read the file again if it has changed; a file that cannot be read changes nothing."""
        try:
            stamp = self._stat()
            if stamp == self._stamp:
                return
            self.keys, self._stamp = ProducerKeys.read(self._path.read_text()), stamp
        except (OSError, ValueError) as error:
            logger.error("event keys keep their state, %s cannot be read: %s", self._path.name, error)

    def _stat(self) -> tuple[int, int, int]:
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_ino, stat.st_size


class Macs:
    """Signs what one service writes and verifies what it reads; without key files it does neither.

    Until `unsigned_until` a record without a MAC is read and counted; a false MAC is refused at any time.
    """

    def __init__(
        self,
        service: str = "",
        files: Mapping[str, Path] | None = None,
        clock: Clock | None = None,
        unsigned_until: datetime | None = None,
    ) -> None:
        """Read the key files, by the service that signs with them. Raises `OSError`, `ValueError`."""
        self._files = {producer: _File(path) for producer, path in (files or {}).items()}
        self._own = self._files.get(service)
        self._clock = clock
        self._unsigned_until = unsigned_until
        self._looked_at = time.monotonic()

    @property
    def on(self) -> bool:
        """Whether records are verified."""
        return bool(self._files)

    @property
    def signing_key(self) -> str | None:
        """A name of the key that signs, by its number and its bytes; None where nothing is signed."""
        if self._own is None:
            return None
        self._look(LOOK_EVERY_S)
        number = self._own.keys.signing
        key = self._own.keys.by_number[number]
        return f"{number}-{hashlib.blake2b(b'name', key=key, digest_size=4, person=_PERSON).hexdigest()}"

    def sign(self, topic: str, key: bytes, value: bytes, headers: Headers) -> Headers:
        """Return the headers with the MAC of the record; as they are where nothing is signed."""
        if self._own is None:
            return headers
        self._look(LOOK_EVERY_S)
        number = self._own.keys.signing
        if _DEAD_LETTERS in topic:
            topic = next((text.decode() for name, text in headers if name == ORIGINAL_TOPIC), topic)
        message, _ = _message(topic, key, value, headers)
        return [*headers, (HEADER, bytes((number,)) + _mac(self._own.keys.by_number[number], message))]

    def check(self, topic: str, key: bytes | None, value: bytes | None, headers: ReadHeaders) -> None:
        """Return if the owner of the topic has signed the record. Raises `BrokenMessage` with reason `forged`."""
        if not self._files:
            return
        message, mac = _message(topic, key, value, headers)
        if mac is None:
            self._check_unsigned(topic)
            return
        known = self._key_of(topic, mac[0]) if mac else None
        if known is None:
            raise BrokenMessage(FORGED, f"{topic}: its MAC names a key that is not known here; look at the event keys")
        if not hmac.compare_digest(_mac(known, message), mac[1:]):
            raise BrokenMessage(FORGED, f"{topic}: its MAC is false: its owner did not write it so")

    def _check_unsigned(self, topic: str) -> None:
        if self._unsigned_until is None or self._clock is None or self._clock.now() >= self._unsigned_until:
            raise Unsigned(FORGED, f"{topic}: it has no MAC: its owner did not write it, or an earlier version")
        metrics.UNSIGNED.labels(topic).inc()

    def _key_of(self, topic: str, number: int) -> bytes | None:
        file = self._files.get(topic.partition(".")[0])
        if file is None:
            return None
        self._look(LOOK_EVERY_S if number in file.keys.by_number else LOOK_SOONEST_S)
        return file.keys.by_number.get(number)

    def _look(self, every_s: float) -> None:
        now = time.monotonic()
        if now - self._looked_at >= every_s:
            self._looked_at = now
            for file in self._files.values():
                file.look()


OFF = Macs()
_lengths = [struct.Struct(f">{count}I").pack for count in range(64)]


def _message(topic: str, key: bytes | None, value: bytes | None, headers: ReadHeaders) -> tuple[bytes, bytes | None]:
    """Return the bytes that a MAC covers, and the MAC that the headers hold; of several the last one.

    Lengths keep the parts apart: bytes cannot be moved from one part to the next.
    """
    mac: bytes | None = None
    names, parts = [topic], [key or b"", value or b""]
    for name, text in headers:
        if name[:3] == "ce_":
            names.append(name)
            parts.append(text or b"")
        elif name == HEADER:
            mac = text or b""
    parts.append("\0".join(names).encode(errors="surrogateescape"))
    if len(parts) >= len(_lengths):
        return b"", b""  # no service writes so many attributes, and no MAC is empty
    parts.append(_lengths[len(parts)](*map(len, parts)))
    return b"".join(parts), mac


def _mac(key: bytes, message: bytes) -> bytes:
    return hashlib.blake2b(message, key=key, digest_size=_MAC_BYTES, person=_PERSON).digest()
