"""The residents who are yellow, red or isolated, and what changed since when."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.checkpoint.domain.decision import Standing
from services.checkpoint.domain.standings import GREEN_NUMBER, NUMBERS, STANDINGS, Digest, short_id, uuid_bytes
from services.checkpoint.replicas.compact import Row, Table
from shared.base.clock import Clock
from shared.envelope.event import Event
from shared.events.registration import STANDINGS as TOPIC
from shared.events.registration import StandingChanged
from shared.replicas.replica import Replica

KEPT_CHANGES = 5_000  # a partition; a device that is further behind gets the whole list

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_NO_UUID = bytes(16)


class Exceptions:
    """The residents who are yellow, red or isolated; all others are green."""

    def __init__(self, clock: Clock) -> None:
        self.known = Table()
        self.digest = Digest()
        self._odd_events: dict[bytes, str] = {}  # the newest event's id where it is no UUID
        self._changes: dict[int, _Changes] = {}
        self.replica = Replica(TOPIC, self._apply, clock)

    def _apply(self, event: Event) -> None:
        if not isinstance(event, StandingChanged):
            return
        short = short_id(event.resident_id)
        known = self.known.get(short)
        event_id = uuid_bytes(event.id) or _NO_UUID
        if known is not None and not self._is_newer(short, known, event_id, event.id):
            return  # ids are UUIDv7: an older event carries an older colour
        since, before = _ms(event.since), GREEN_NUMBER
        if known is not None:
            self.digest.remove(known.number, short)
            before = known.number if known.since_ms < since else known.before
        number = NUMBERS[event.colour.value, event.isolated]
        self.known.put(short, Row(event_id, since, number, before))
        self._odd_events.pop(short, None)
        if event_id == _NO_UUID:
            self._odd_events[short] = event.id
        self.digest.add(number, short)
        partition, offset = self.replica.place
        self._changes.setdefault(partition, _Changes()).note(offset, short)

    def _is_newer(self, short: bytes, known: Row, event_id: bytes, text: str) -> bool:
        if event_id != _NO_UUID and known.event != _NO_UUID:
            return event_id > known.event
        return text > (self._odd_events.get(short) or str(UUID(bytes=known.event)))

    def standing(self, resident_id: str, at: datetime | None = None) -> Standing | None:
        """Return the resident's standing, now or `at` an earlier instant.

        None while the list is not complete and names no exception: then no resident is taken for green.
        """
        short = short_id(resident_id)
        number = self.known.number(short)
        if at is not None and (known := self.known.get(short)) and _ms(at) < known.since_ms:
            number = known.before
        return STANDINGS[number] if number != GREEN_NUMBER or self.replica.ready else None

    @property
    def as_of(self) -> datetime | None:
        """How new the list is; None while it is not complete."""
        return self.replica.as_of

    def changed_since(self, positions: Mapping[int, int]) -> set[bytes] | None:
        """Return who changed behind these offsets, by short id; None where that was too long ago to be known."""
        if any(positions.get(partition, -1) < changes.forgotten for partition, changes in self._changes.items()):
            return None
        behind = (changes.behind(positions.get(partition, -1)) for partition, changes in self._changes.items())
        return {short for shorts in behind for short in shorts}


class _Changes:
    """Who changed at which offset of one partition, the newest of them; whatever is up to `forgotten` is lost."""

    def __init__(self) -> None:
        self.forgotten = -1
        self._offsets: list[int] = []
        self._shorts: list[bytes] = []

    def note(self, offset: int, short: bytes) -> None:
        if self._offsets and offset <= self._offsets[-1]:  # the bus was lost: offsets begin anew
            self._forget(len(self._offsets))
            self.forgotten = offset - 1
        self._offsets.append(offset)
        self._shorts.append(short)
        if len(self._offsets) >= 2 * KEPT_CHANGES:
            self._forget(KEPT_CHANGES)

    def _forget(self, count: int) -> None:
        self.forgotten = self._offsets[count - 1]
        del self._offsets[:count], self._shorts[:count]

    def behind(self, offset: int) -> list[bytes]:
        return self._shorts[bisect_right(self._offsets, offset) :]


def _ms(at: datetime) -> int:
    """Return the milliseconds since 1970; what lies before has always been."""
    return max(0, (at - _EPOCH) // _MS)
