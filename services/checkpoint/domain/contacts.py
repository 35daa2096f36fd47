"""Who was at the same gate as a resident at about the same time (R2.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from services.checkpoint.domain.passage import StoredPassage


class Bystander(msgspec.Struct, frozen=True):
    """The passage of a person at a gate, without what is not needed to find contacts."""

    scan_id: str
    resident_id: str | None
    at: datetime
    vehicle_scan_id: str | None = None


class Encounter(NamedTuple):
    """A passage of a resident, and the passages of others at that gate within the window around it."""

    passage: StoredPassage
    others: Sequence[Bystander]


@dataclass(frozen=True)
class Contact:
    """Another resident who was there: at how many of the passages, at which gates, when, how close at the closest."""

    resident_id: str
    times: int
    closest_s: float
    first_at: datetime
    last_at: datetime
    gates: tuple[str, ...]
    same_vehicle: bool


def contacts(encounters: Iterable[Encounter]) -> list[Contact]:
    """Return the residents that a resident met, those of one vehicle first, then by how often and how close."""
    by_id: dict[str, Contact] = {}
    for passage, others in encounters:
        for resident_id, rows in _by_resident(passage, others).items():
            met = _met(passage, resident_id, rows)
            by_id[resident_id] = _both(by_id[resident_id], met) if resident_id in by_id else met
    return sorted(by_id.values(), key=lambda one: (not one.same_vehicle, -one.times, one.closest_s, one.resident_id))


def strangers(encounters: Iterable[Encounter]) -> int:
    """Return how many passages of unknown people lie in the windows, each once."""
    return len({row.scan_id for one in encounters for row in one.others if row.resident_id is None})


def _by_resident(passage: StoredPassage, others: Iterable[Bystander]) -> dict[str, list[Bystander]]:
    by_id: dict[str, list[Bystander]] = {}
    for row in others:
        if row.resident_id is not None and row.resident_id != passage.resident_id:
            by_id.setdefault(row.resident_id, []).append(row)
    return by_id


def _met(passage: StoredPassage, resident_id: str, rows: Sequence[Bystander]) -> Contact:
    vehicle, times = passage.vehicle_scan_id, [row.at for row in rows]
    return Contact(
        resident_id=resident_id,
        times=1,
        closest_s=min(abs((at - passage.at).total_seconds()) for at in times),
        first_at=min(times),
        last_at=max(times),
        gates=(passage.gate_id,),
        same_vehicle=vehicle is not None and any(row.vehicle_scan_id == vehicle for row in rows),
    )


def _both(one: Contact, other: Contact) -> Contact:
    return Contact(
        resident_id=one.resident_id,
        times=one.times + other.times,
        closest_s=min(one.closest_s, other.closest_s),
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        gates=tuple(sorted({*one.gates, *other.gates})),
        same_vehicle=one.same_vehicle or other.same_vehicle,
    )
