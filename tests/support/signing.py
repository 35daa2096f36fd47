"""Signs records as their owner would, for tests that publish in a service's name."""

from functools import cache
from pathlib import Path

from deploy.services import event_keys
from shared.envelope.event import Wire
from shared.envelope.macs import Macs


def signed(wire: Wire, keys: Path) -> Wire:
    """Return the record with the MAC of its topic's owner; `keys` is the directory of a launcher's keys."""
    owner = wire.topic.partition(".")[0]
    return wire._replace(headers=_macs(owner, keys).sign(wire.topic, wire.key, wire.value, wire.headers))


@cache
def _macs(owner: str, keys: Path) -> Macs:
    return Macs(owner, {owner: keys / event_keys(owner).file})
