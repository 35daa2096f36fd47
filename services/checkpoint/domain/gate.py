"""Gates: where scans are made, and how their devices are (R2.1, R2.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Gate:
    """A gate; `area_path` is that of the compound or workplace which it guards."""

    gate_id: str
    name: str
    area_path: str
    closed: bool = False
    checkpoint_id: str | None = None


class GateState(StrEnum):
    """How a gate is by the last signs of life of its devices."""

    ONLINE = "online"
    SILENT = "silent"
    UNEQUIPPED = "unequipped"
    CLOSED = "closed"


@dataclass(frozen=True)
class Sign:
    """The last sign of life of a device that may scan, and how many scans it has not sent by its own report."""

    gate_id: str
    last_seen: datetime
    unsent: int = 0


@dataclass(frozen=True)
class Condition:
    """How the devices of a gate are: how many there are, how many of them are silent, and what they have not sent."""

    state: GateState
    devices: int
    silent: int
    unsent: int
    last_seen: datetime | None


def condition(gate: Gate, signs: Iterable[Sign], silent_since: datetime) -> Condition:
    """Return how a gate is; a device without a sign of life after `silent_since` is silent.

    A gate is online while one of its devices is alive, and silent while none of them is.
    """
    mine = [sign for sign in signs if sign.gate_id == gate.gate_id]
    silent = sum(sign.last_seen <= silent_since for sign in mine)
    if gate.closed:
        state = GateState.CLOSED
    elif not mine:
        state = GateState.UNEQUIPPED
    else:
        state = GateState.SILENT if silent == len(mine) else GateState.ONLINE
    unsent = sum(sign.unsent for sign in mine)
    return Condition(state, len(mine), silent, unsent, max((sign.last_seen for sign in mine), default=None))
