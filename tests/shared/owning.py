"""An owner of a compacted topic and those who keep a replica of it, for tests of both."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from shared.base.clock import FixedClock
from shared.envelope import markers
from shared.envelope.markers import KEY, Marker
from shared.events.isolation import MeasurementReported
from shared.events.registration import STANDINGS, Colour, StandingChanged
from shared.outbox.relay import Relay
from shared.replicas.replica import Replica
from tests.shared.samples import NOON, measured, record_of, stamped, standing

if TYPE_CHECKING:
    from tests.shared.conftest import Works

PUBLISHES = (StandingChanged, MeasurementReported)


class Colours:
    """What a gate keeps: the newest colour of each resident."""

    def __init__(self, clock: FixedClock) -> None:
        self.of: dict[str, tuple[str, Colour]] = {}
        self.replica = Replica(STANDINGS, self._apply, clock)

    def _apply(self, event: object) -> None:
        assert isinstance(event, StandingChanged)
        if event.id > self.of.get(event.key, ("",))[0]:
            self.of[event.key] = (event.id, event.colour)

    def colour(self, resident_id: str) -> Colour | None:
        return self.of.get(resident_id, ("", None))[1]


Follow = Callable[[], Colours]
NewRelay = Callable[[], Awaitable[Relay]]


async def say(works: "Works", *colours: Colour, resident_id: str) -> None:
    for colour in colours:
        async with works.begin() as work:
            work.emit(standing(resident_id, colour), measured(resident_id, colour))


async def turns(relay: Relay) -> bool:
    """Take a turn while the bus may still be coming up."""
    try:
        await relay.turn()
    except Exception as error:
        raise AssertionError(str(error)) from None
    return True


def mark(offset: int, after: int = -1, losses: int = 0, at: datetime = NOON, **other: object) -> object:
    fields = {"key": KEY, "value": b"", "headers": tuple(markers.headers(Marker(at, after, losses)))} | other
    return record_of(stamped(standing()), offset, **fields)
