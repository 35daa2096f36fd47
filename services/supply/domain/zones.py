"""Supply of zones in which goods are brought to the door (N1): one delivery a household and week."""

from dataclasses import dataclass
from datetime import timedelta

from services.supply.domain.deliveries import Line
from shared.events.registration_zones import ZoneDeliveries, ZoneEvent, ZoneState

# House policy: what keeps a household for a week, whatever its size.
LINES = (Line("vegetables", 1), Line("milk", 1), Line("flour", 1))
EVERY = timedelta(days=7)
_HELD = (ZoneState.IN_FORCE, ZoneState.LIFT_ASKED)


@dataclass(frozen=True)
class SuppliedZone:
    """A zone whose households are supplied, by its newest event; one that has `ended` is supplied no more."""

    zone_id: str
    area_path: str
    paths: tuple[str, ...]
    newest: str
    ended: bool = False


def is_supplied(event: ZoneEvent) -> bool:
    """Whether the households of the zone are supplied: while it holds, and by its latest rules no household leaves."""
    return event.state in _HELD and any(one.deliveries == ZoneDeliveries.TO_DOOR for one in event.rules[-1:])
