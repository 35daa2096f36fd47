"""The whole list of exceptions as text, made once for all devices that ask at the same time."""

import asyncio
import base64
import time
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from services.checkpoint.domain.standings import GREEN_NUMBER, NAMES, Digest
from services.checkpoint.replicas.exceptions import Exceptions

KEPT_S = 5.0  # a device that gets so old a list gets the rest as a change, at its next request
_BREATH = 64  # buckets read in one go: some 4,000 residents of a million, two milliseconds


class Copy(NamedTuple):
    """The exceptions as of some positions of the topic: JSON, short ids in base64 by the name of their standing."""

    positions: Mapping[int, int]
    as_of: datetime
    digest: Mapping[str, tuple[int, str]]
    exceptions: msgspec.Raw


class WholeList:
    """Makes copies of the whole list, at most one in some seconds."""

    def __init__(self) -> None:
        self._copy: Copy | None = None
        self._made_at = float("-inf")
        self._making = asyncio.Lock()

    async def copy(self, exceptions: Exceptions, as_of: datetime) -> Copy:
        """Return a copy of a complete list."""
        async with self._making:
            if self._copy is None or time.monotonic() - self._made_at > KEPT_S:
                self._copy = await _copied(exceptions, as_of)
                self._made_at = time.monotonic()
            return self._copy


async def _copied(exceptions: Exceptions, as_of: datetime) -> Copy:
    # What changes meanwhile is behind these positions, and comes again; the digest is that of what was copied.
    positions = dict(exceptions.replica.positions)
    digest = Digest()
    by_number = [bytearray() for _ in NAMES]
    for number_of_bucket, bucket in enumerate(exceptions.known.buckets()):
        for short, number in bucket:
            if number != GREEN_NUMBER:
                by_number[number] += short
                digest.add(number, short)
        if number_of_bucket % _BREATH == 0:
            await asyncio.sleep(0)  # people wait at gates
    return Copy(positions, as_of, digest.by_name(), in_base64(by_number))


def in_base64(by_number: list[bytearray]) -> msgspec.Raw:
    """Return short ids by the number of their standing as JSON, by its name."""
    texts = {name: base64.b64encode(shorts).decode() for name, shorts in zip(NAMES, by_number, strict=True) if shorts}
    return msgspec.Raw(msgspec.json.encode(texts))
