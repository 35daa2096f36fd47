"""Residents and what is known of each, in flat memory: a million in some 50 MB, where a dict of objects takes 600."""

from collections.abc import Iterator
from typing import NamedTuple

from services.checkpoint.domain.standings import ID_BYTES

_BUCKETS = 1 << 14  # empty ones are made in 2 ms, and among a million residents a row is found in 2 µs
_SINCE_BYTES = 6
_EVENT_AT, _SINCE_AT = ID_BYTES, 2 * ID_BYTES
_NUMBERS_AT = _SINCE_AT + _SINCE_BYTES
_ROW = _NUMBERS_AT + 1
_BITS, _ONE = 3, 7


class Row(NamedTuple):
    """What is known of a resident: by which event (its id's bytes), since when (ms), which standing, which before."""

    event: bytes
    since_ms: int
    number: int
    before: int


class Table:
    """Rows by the resident's short id, in buckets by its last bits, which are random in every id."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(_BUCKETS)]
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def get(self, short: bytes) -> Row | None:
        """Return what is known of a resident, or None."""
        bucket = self._bucket(short)
        at = _find(bucket, short)
        if at < 0:
            return None
        numbers = bucket[at + _NUMBERS_AT]
        return Row(
            bytes(bucket[at + _EVENT_AT : at + _SINCE_AT]),
            int.from_bytes(bucket[at + _SINCE_AT : at + _NUMBERS_AT]),
            numbers & _ONE,
            numbers >> _BITS,
        )

    def number(self, short: bytes) -> int:
        """Return the number of a resident's standing; 0 where nothing is known."""
        bucket = self._bucket(short)
        at = _find(bucket, short)
        return bucket[at + _NUMBERS_AT] & _ONE if at >= 0 else 0

    def put(self, short: bytes, row: Row) -> None:
        """Keep what is known of a resident now."""
        bucket = self._bucket(short)
        at = _find(bucket, short)
        if at < 0:
            at = len(bucket)
            self._rows += 1
        since = row.since_ms.to_bytes(_SINCE_BYTES)
        bucket[at : at + _ROW] = short + row.event + since + bytes([row.before << _BITS | row.number])

    def buckets(self) -> Iterator[Iterator[tuple[bytes, int]]]:
        """Yield short ids with the number of the standing, by bucket; between two buckets the table may change."""
        for bucket in self._buckets:
            yield (
                (bytes(bucket[at : at + ID_BYTES]), bucket[at + _NUMBERS_AT] & _ONE)
                for at in range(0, len(bucket), _ROW)
            )

    def _bucket(self, short: bytes) -> bytearray:
        return self._buckets[(short[-2] << 8 | short[-1]) % _BUCKETS]


def _find(bucket: bytearray, short: bytes) -> int:
    at = bucket.find(short)
    while at > 0 and at % _ROW:  # the same bytes by chance, across what is kept of others
        at = bucket.find(short, at + 1)
    return at
