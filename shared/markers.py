"""The owner's word in a compacted topic: before this record stands everything that my store held at that instant."""

from datetime import datetime
from typing import NamedTuple

from shared.envelope import MARKER_TYPE, SPEC_VERSION, Headers, ReadHeaders, attributes_of
from shared.ids import new_id

KEY = b"\x00complete"
_AFTER = "ce_after"


class Marker(NamedTuple):
    """`after` is the highest offset that the owner had been given on the partition before it said this."""

    as_of: datetime
    after: int

    def holds_at(self, offset: int) -> bool:
        """Whether the word counts where it stands: lower than `after`, it was meant for a bus that is lost."""
        return offset > self.after


def headers(marker: Marker) -> Headers:
    """Return the marker as Kafka carries it: headers alone."""
    said = {
        "ce_specversion": SPEC_VERSION,
        "ce_type": MARKER_TYPE,
        "ce_id": new_id(),
        "ce_time": marker.as_of.isoformat(),
        _AFTER: str(marker.after),
    }
    return [(name, value.encode()) for name, value in said.items()]


def read(headers: ReadHeaders) -> Marker | None:
    """Return the marker that the headers are; None where they are none or cannot be read."""
    said = attributes_of(headers)
    if said.get("ce_type") != MARKER_TYPE:
        return None
    try:
        return Marker(datetime.fromisoformat(said.get("ce_time", "")), int(said.get(_AFTER, "-1")))
    except ValueError:
        return None
