"""A gate that begins late, and reads the newest event of each key alone, knows what one knows that read them all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.replicas import Known
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.envelope.event import Event, Meta, decode, encode
from shared.events.checkpoint import (
    CheckpointDefined,
    CheckpointKind,
    DeviceEnrolled,
    DeviceEvent,
    DeviceRevoked,
    GateDefined,
    PermitChanged,
    PermitKind,
    Policy,
)
from shared.events.registration import Colour, ResidentMoved, ResidentRegistered, SpecialCareChanged
from shared.web.access import Principal, Role
from tests.checkpoint.gate import COMPOUND, DOOR, NOW, gate_at, standing
from tests.checkpoint.passing import OTHER_PATH

HOUR = timedelta(hours=1)
PEOPLE = [f"resident-{number}" for number in range(3)]


class Received:
    """An event as a replica reads it."""

    def __init__(self, event: Event, offset: int) -> None:
        wire = encode(event.stamped(Meta(new_id(), NOW, "test", "")))
        self.topic, self.headers, self.value, self.offset = wire.topic, wire.headers, wire.value, offset
        self.key = wire.key


def life(resident: str) -> list[Event]:
    """Return what registration publishes of a resident in ten months."""
    first = {"resident_id": resident, "household_id": "h1", "area_path": DOOR, "card_hashes": (f"lost {resident}",)}
    now = first | {"area_path": OTHER_PATH, "card_hashes": (f"card {resident}",), "id_number_hash": f"n {resident}"}
    events: list[Event] = [ResidentRegistered(**first), ResidentMoved(**now), SpecialCareChanged(**now)]
    return [*events[: 2 + (resident != PEOPLE[0])], standing(resident, Colour.RED), standing(resident, Colour.YELLOW)]


def gates() -> list[Event]:
    place: dict[str, Any] = {"gate_id": "gate-p01", "area_path": COMPOUND}
    permit: dict[str, Any] = {"kind": PermitKind.EXIT, "area_path": COMPOUND, "since": NOW - HOUR, "until": NOW + HOUR}
    checkpoint: dict[str, Any] = {"checkpoint_id": "cp", "name": "北门", "kind": CheckpointKind.COMPOUND}
    return [
        gate_at(OTHER_PATH),
        GateDefined(gate_id="gate-p01", name="大门", area_path=COMPOUND, checkpoint_id="cp"),
        CheckpointDefined(**checkpoint, area_path=COMPOUND),
        CheckpointDefined(**checkpoint, area_path=COMPOUND, policies=(Policy(since=NOW - HOUR, fever_over_c=37.0),)),
        DeviceEnrolled(device_id="d-1", serial=1, **place),
        DeviceEnrolled(device_id="d-1", serial=2, **place),
        DeviceEnrolled(device_id="d-2", serial=1, **place),
        DeviceRevoked(device_id="d-2", serial=1, reason="lost", **place),
        PermitChanged(permit_id="p-1", resident_id=PEOPLE[0], **permit),
        PermitChanged(permit_id="p-2", resident_id=PEOPLE[1], **permit),
        PermitChanged(permit_id="p-2", resident_id=PEOPLE[1], withdrawn=True, **permit),
    ]


def known_from(records: Sequence[Received]) -> Known:
    known = Known.on(FixedClock(NOW))
    for replica in known.replicas:
        replica.read(0, [record for record in records if record.topic == replica.topic])
    return known


def device(device_id: str, serial: int) -> Principal:
    return Principal(device_id, frozenset({Role.DEVICE}), COMPOUND, "gate-p01", serial)


def answers(known: Known) -> Any:
    """Return what the scan path asks of the replicas, and what they answer."""
    gate = known.gates.get("gate-p01")
    return {
        "homes": [known.credentials.home(resident) for resident in PEOPLE],
        "holders": [known.credentials.holders(f"{what} {one}") for one in PEOPLE for what in ("lost", "card", "n")],
        "standings": [known.exceptions.standing(resident) for resident in PEOPLE],
        "gate": gate and (gate.area_path, gate.checkpoint_id),
        "policy": known.checkpoints.policy("cp", NOW),
        "refused": [known.devices.refuses(device(one, serial)) for one in ("d-1", "d-2", "d-3") for serial in (1, 2)],
        "permits": [known.permits.find(PermitKind.EXIT, one, None, COMPOUND, NOW) for one in PEOPLE],
    }


def test_the_newest_event_of_each_key_makes_the_same_replicas_as_all_events() -> None:
    events = [*gates(), *(event for resident in PEOPLE for event in life(resident))]
    records = [Received(event, offset) for offset, event in enumerate(events)]
    newest = {(record.topic, record.key): record for record in records}
    assert len(newest) < len(records)
    everything = answers(known_from(records))
    assert answers(known_from(list(newest.values()))) == everything
    assert everything["homes"] == [OTHER_PATH] * 3
    assert everything["refused"] == [True, False, True, True, False, False]
    assert everything["permits"] == ["p-1", None, None]


@pytest.mark.parametrize(("reason", "refused"), [("recalled", True), (None, False)])
def test_an_event_of_a_later_version_counts_by_the_state_of_the_device(reason: str | None, refused: bool) -> None:
    wire = encode(
        DeviceEnrolled(device_id="d-1", gate_id="gate-p01", area_path=COMPOUND, serial=1, reason=reason).stamped(
            Meta(new_id(), NOW, "checkpoint", "")
        )
    )
    later = [(name, b"checkpoint.DeviceRecalled.v1" if name == "ce_type" else raw) for name, raw in wire.headers]
    assert type(decode(later, wire.value, wire.topic)) is DeviceEvent
    record = Received(DeviceEnrolled(device_id="d-1", gate_id="g", area_path=COMPOUND, serial=1), 0)
    record.headers, record.value = later, wire.value
    assert known_from([record]).devices.refuses(device("d-1", 1)) is refused
