"""What a device decides by while it is cut off: exceptions, as a change where that will do, and its rules (R2.4)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

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
_POSITION = re.compile(r"_(\d+)\.(\d+)")


class Version(NamedTuple):
    """What a device's list holds: all events of the topic up to these offsets, by partition; and as of when."""

    as_of: datetime
    positions: Mapping[int, int]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the version that a text stands for; None for another text: then the whole list is sent."""
        read = _VERSION.fullmatch(text)
        if read is None:
            return None
        try:
            as_of = _EPOCH + int(read[1]) * _MS
        except OverflowError:
            return None
        return cls(as_of, {int(partition): int(offset) for partition, offset in _POSITION.findall(read[2])})

    def __str__(self) -> str:
        offsets = "".join(f"_{partition}.{offset}" for partition, offset in sorted(self.positions.items()))
        return f"{(self.as_of - _EPOCH) // _MS}{offsets}"


class _Exceptions(msgspec.Struct):
    """The whole list of exceptions, or what changed of it."""

    full: bool
    version: str
    as_of: datetime
    digest: Mapping[str, tuple[int, str]] | None
    exceptions: msgspec.Raw


class _GateRules(msgspec.Struct):
    """A gate and what holds there; `policies` as JSON, None while they are not known, and so are the names."""

    gate_id: str
    area_path: str
    closed: bool = False
    checkpoint_id: str | None = None
    policies: list[msgspec.Raw] | None = []
    name: str | None = None
    checkpoint_name: str | None = None
    zones: list[msgspec.Raw] = []


class _ReasonText(msgspec.Struct):
    code: str
    zh: str
    en: str


class _Lists(msgspec.Struct):
    """What a device decides by, as JSON (`ListsView`)."""

    full: bool
    version: str
    as_of: datetime
    digest: Mapping[str, tuple[int, str]] | None
    exceptions: msgspec.Raw
    gate: _GateRules
    revoked_codes: list[str]
    code_keys: str
    zone: str
    reasons: list[_ReasonText]


_REASONS = [_ReasonText(code, zh, en) for code, (zh, en) in REASON_TEXTS.items()]
_NOTHING = msgspec.Raw(b"{}")


async def lists(deps: Deps, caller: Principal, gate_id: str, version: str) -> bytes:
    """Return the lists as JSON: what changed since `version`, or all. Raises `Unavailable` before they are complete."""
    if deps.known.devices.refuses(caller):
        raise refusal()
    gate = _gate(deps, caller, gate_id)
    as_of = deps.known.exceptions.as_of
    if as_of is None or not deps.known.revocations.replica.ready:
        raise Unavailable("checkpoint.list_incomplete", "The lists are being read: ask again soon", RETRY_AFTER_S)
    held = Version.read(version)
    exceptions = (_change(deps, held, as_of) if held else None) or await _whole(deps, as_of)
    answer = _Lists(
        full=exceptions.full,
        version=exceptions.version,
        as_of=exceptions.as_of,
        digest=exceptions.digest,
        exceptions=exceptions.exceptions,
        gate=gate,
        revoked_codes=deps.known.revocations.all(),
        code_keys=deps.code_keys,
        zone=deps.zone.key,
        reasons=_REASONS,
    )
    return msgspec.json.encode(answer)


async def _whole(deps: Deps, as_of: datetime) -> _Exceptions:
    copy = await deps.whole_list.copy(deps.known.exceptions, as_of)
    return _Exceptions(True, str(Version(copy.as_of, copy.positions)), copy.as_of, copy.digest, copy.exceptions)


def _change(deps: Deps, held: Version, as_of: datetime) -> _Exceptions | None:
    """Return what changed since then; None where only the whole list will do."""
    exceptions = deps.known.exceptions
    positions = exceptions.replica.positions
    if any(offset > positions.get(partition, -1) for partition, offset in held.positions.items()):
        if as_of > held.as_of:
            return None  # the bus was lost, and counts anew
        return _Exceptions(False, str(held), held.as_of, None, _NOTHING)  # another process is ahead of this one
    changed = exceptions.changed_since(held.positions)
    if changed is None:
        return None
    by_number = [bytearray() for _ in NAMES]
    for short in changed:
        by_number[exceptions.known.number(short)] += short
    now = Version(max(as_of, held.as_of), positions)
    return _Exceptions(False, str(now), now.as_of, exceptions.digest.by_name(), in_base64(by_number))


def _gate(deps: Deps, caller: Principal, gate_id: str) -> _GateRules:
    """Return the gate and what holds there: a device's own, or one in the caller's area."""
    wanted = caller.gate or gate_id
    if not wanted:
        raise Invalid("checkpoint.gate_missing", "Say which gate the lists are for: add gate_id")
    gate = deps.known.gates.get(wanted)
    if gate is None and caller.gate:  # a device works before the event of its gate has come
        return _GateRules(wanted, caller.area, zones=_zones(deps, caller.area))
    if gate is None or not (caller.gate or caller.sees(gate.area_path)):
        raise NotFound("checkpoint.no_such_gate", f"The gate {wanted} was not found in your area")
    policies = deps.known.checkpoints.policies(gate.checkpoint_id)
    return _GateRules(
        gate_id=wanted,
        area_path=gate.area_path,
        closed=gate.closed,
        checkpoint_id=gate.checkpoint_id,
        policies=None if policies is None else [msgspec.Raw(one.model_dump_json().encode()) for one in policies],
        name=gate.name,
        checkpoint_name=deps.known.checkpoints.name(gate.checkpoint_id),
        zones=_zones(deps, gate.area_path),
    )


def _zones(deps: Deps, path: str) -> list[msgspec.Raw]:
    return [msgspec.Raw(one.model_dump_json().encode()) for one in deps.known.zones.of_gate(path)]
