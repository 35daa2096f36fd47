"""The owner's word in a compacted topic: before this record stands everything that my store held at that instant."""

from datetime import datetime
from typing import NamedTuple

from shared.base.ids import new_id
from shared.envelope.event import MARKER_TYPE, SPEC_VERSION, Headers, ReadHeaders, attributes_of

KEY = b"\x00complete"
_AFTER, _LOSSES = "ce_after", "ce_losses"


class Marker(NamedTuple):
    """`after` is the highest offset that the owner had been given on the partition before it wrote the marker.

    `losses` is how often the owner has found that the bus had lost the topic: a reader from before the last time has
    missed what it was filled with since.
    """

    as_of: datetime
    after: int
    losses: int = 0

    def holds_at(self, offset: int) -> bool:
        """Whether the word counts where it stands: lower than `after`, it was meant for a bus that is lost."""
        return offset > self.after


def headers(marker: Marker) -> Headers:
    """Return the marker as Kafka carries it: headers alone."""
    attributes = {
        "ce_specversion": SPEC_VERSION,
        "ce_type": MARKER_TYPE,
        "ce_id": new_id(),
        "ce_time": marker.as_of.isoformat(),
        _AFTER: str(marker.after),
        _LOSSES: str(marker.losses),
    }
    return [(name, value.encode()) for name, value in attributes.items()]


def read(headers: ReadHeaders) -> Marker | None:
    """Return the marker that the headers are; None where they are none or cannot be read."""
    attributes = attributes_of(headers)
    if attributes.get("ce_type") != MARKER_TYPE:
        return None
    try:
        as_of = datetime.fromisoformat(attributes.get("ce_time", ""))
        return Marker(as_of, int(attributes.get(_AFTER, "-1")), int(attributes.get(_LOSSES, "0")))
    except ValueError:
        return None
