"""What a device decides by while it is cut off: exceptions, as a change where that will do, and its rules (R2.4)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

import msgspec

from services.checkpoint.domain.devices import refusal
from services.checkpoint.domain.reasons import REASON_TEXTS
from services.checkpoint.domain.standings import NAMES
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.whole_list import in_base64
from shared.base.errors import Invalid, NotFound, Unavailable
from shared.web.access import Principal

RETRY_AFTER_S = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_VERSION = re.compile(r"(\d{1,15})((?:_\d{1,5}\.\d{1,19}){0,1000})")
_PLACE = re.compile(r"_(\d+)\.(\d+)")


class Version(NamedTuple):
    """What a device's list holds: all that the topic said up to these offsets, by partition; and as of when."""

    as_of: datetime
    positions: Mapping[int, int]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the version that a text stands for; None for what was never given: such a list is told anew."""
        read = _VERSION.fullmatch(text)
        if read is None:
            return None
        try:
            as_of = _EPOCH + int(read[1]) * _MS
        except OverflowError:
            return None
        return cls(as_of, {int(partition): int(offset) for partition, offset in _PLACE.findall(read[2])})

    def __str__(self) -> str:
        places = "".join(f"_{partition}.{offset}" for partition, offset in sorted(self.positions.items()))
        return f"{(self.as_of - _EPOCH) // _MS}{places}"


async def lists(deps: Deps, caller: Principal, gate_id: str, version: str) -> bytes:
    """Return the lists as JSON: what changed since `version`, or all. Raises `Unavailable` before they are complete."""
    if deps.known.devices.refuses(caller):
        raise refusal()
    gate = _gate(deps, caller, gate_id)
    as_of = deps.known.exceptions.as_of
    if as_of is None or not deps.known.revocations.replica.ready:
        raise Unavailable("checkpoint.list_incomplete", "The lists are being read: ask again soon", RETRY_AFTER_S)
    held = Version.read(version)
    said = _change(deps, held, as_of) if held else None
    if said is None:
        copy = await deps.whole_list.copy(deps.known.exceptions, as_of)
        said = {"full": True, "version": str(Version(copy.as_of, copy.positions)), "as_of": copy.as_of}
        said |= {"digest": copy.digest, "exceptions": copy.exceptions}
    return msgspec.json.encode(said | _rules(deps) | {"gate": gate})


def _change(deps: Deps, held: Version, as_of: datetime) -> dict[str, Any] | None:
    """Return what changed since then; None where only the whole list will do."""
    exceptions = deps.known.exceptions
    positions = exceptions.replica.positions
    if any(offset > positions.get(partition, -1) for partition, offset in held.positions.items()):
        if as_of > held.as_of:
            return None  # the bus was lost, and counts anew
        return _unchanged(held)  # another process told of it; this one has not heard it yet
    changed = exceptions.changed_since(held.positions)
    if changed is None:
        return None
    found = [bytearray() for _ in NAMES]
    for short in changed:
        found[exceptions.known.number(short)] += short
    now = Version(max(as_of, held.as_of), positions)
    return {
        "full": False,
        "version": str(now),
        "as_of": now.as_of,
        "digest": exceptions.digest.told(),
        "exceptions": in_base64(found),
    }


def _unchanged(held: Version) -> dict[str, Any]:
    return {"full": False, "version": str(held), "as_of": held.as_of, "digest": None, "exceptions": {}}


def _gate(deps: Deps, caller: Principal, gate_id: str) -> dict[str, Any]:
    """Return the gate and what holds there: a device's own, or one in the caller's area."""
    wanted = caller.gate or gate_id
    if not wanted:
        raise Invalid("checkpoint.gate_missing", "Say which gate the lists are for: add gate_id")
    gate = deps.known.gates.get(wanted)
    if gate is None and caller.gate:  # a device works before the news of its gate has come
        return {"gate_id": wanted, "area_path": caller.area, "closed": False, "checkpoint_id": None, "policies": []}
    if gate is None or not (caller.gate or caller.sees(gate.area_path)):
        raise NotFound("checkpoint.no_such_gate", f"The gate {wanted} was not found in your area")
    policies = deps.known.checkpoints.policies(gate.checkpoint_id)
    return {
        "gate_id": wanted,
        "area_path": gate.area_path,
        "closed": gate.closed,
        "checkpoint_id": gate.checkpoint_id,
        "policies": None if policies is None else [policy.model_dump(mode="json") for policy in policies],
    }


def _rules(deps: Deps) -> dict[str, Any]:
    """Return what is the same at every gate."""
    return {
        "revoked_codes": deps.known.revocations.all(),
        "code_keys": deps.code_keys,
        "zone": deps.zone.key,
        "reasons": [{"code": code, "zh": zh, "en": en} for code, (zh, en) in REASON_TEXTS.items()],
    }
