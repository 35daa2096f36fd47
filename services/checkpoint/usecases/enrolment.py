"""Enrolment: a one-time code for a gate, and the device that comes with it (R2.1)."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from services.checkpoint.domain import devices as rules
from services.checkpoint.domain.devices import Device, Enrolment
from services.checkpoint.domain.gate import Gate
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.devices import CHECK, Credential, credential
from shared.base.errors import Conflict, NotFound
from shared.base.ids import new_id
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import DeviceEnrolled
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


class OneTimeCode(NamedTuple):
    """A code as the office reads it out, and until when it is good."""

    code: str
    expires_at: datetime


@retry_conflicts
async def make_code(deps: Deps, caller: Principal, gate_id: str, enrolment_id: str) -> OneTimeCode:
    """Make a one-time code for a device at a gate; the same enrolment gives the same code again.

    The code is worked out from the enrolment's id under a key, and only its hash is stored.
    """
    code = rules.code_from(keyed_hash(deps.id_hash_key, "enrolment", enrolment_id))
    async with deps.unit_of_work() as work:
        await _open_gate(deps, caller, gate_id, work)
        new = Enrolment(
            code_hash=_hash(deps, code),
            enrolment_id=enrolment_id,
            gate_id=gate_id,
            made_by=caller.subject,
            expires_at=deps.clock.now() + rules.CODE_LIFE,
        )
        made = await deps.store.devices.enrolment(new.code_hash, work)
        if made and (made.enrolment_id, made.gate_id) != (enrolment_id, gate_id):
            raise Conflict("checkpoint.enrolment_taken", "This enrolment_id was used for another gate: make a new one")
        if made is None:
            await deps.store.devices.put_enrolment(new, work)
    return OneTimeCode(code, (made or new).expires_at)


async def _open_gate(deps: Deps, caller: Principal, gate_id: str, work: UnitOfWork) -> Gate:
    gate = await deps.store.gates.get(gate_id, work)
    if gate is None or not caller.sees(gate.area_path):
        raise NotFound("checkpoint.no_such_gate", f"The gate {gate_id} was not found in your area")
    if gate.closed:
        raise Conflict("checkpoint.gate_closed", f"The gate {gate_id} is closed: open it first")
    return gate


class TriedCode(NamedTuple):
    """A one-time code as a device shows it: with its request, its name, and the gate it is for, where that is named."""

    code: str
    request_id: str
    name: str = ""
    gate_id: str = ""


async def enrol(deps: Deps, peer: str, tried: TriedCode) -> Credential:
    """Enrol the device that shows a one-time code; asked again by the same request, the same device.

    Wrong codes are counted by `peer` and gate. Raises `Unauthenticated` for a code that is wrong, is for another gate
    or has expired, `Conflict` for one that was used.
    """
    with deps.tries.counted(peer, tried.gate_id, deps.clock.now()):
        return credential(deps, await _enrol(deps, _hash(deps, rules.plain_code(tried.code)), tried))


@retry_conflicts
async def _enrol(deps: Deps, code_hash: str, tried: TriedCode) -> Device:
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        made = await deps.store.devices.enrolment(code_hash, work)
        enrolment = rules.check_code(made, tried.request_id, now, tried.gate_id)
        if enrolment.device_id:
            known = await deps.store.devices.get(enrolment.device_id, work)
            if known is None or known.revoked:
                raise rules.refusal()
            return known
        gate = await deps.store.gates.get(enrolment.gate_id, work)
        if gate is None:
            raise NotFound("checkpoint.no_such_gate", f"The gate {enrolment.gate_id} is not there any more")
        device = _new_device(enrolment, gate, tried.name, now)
        await deps.store.devices.put_enrolment(
            replace(enrolment, request_id=tried.request_id, device_id=device.device_id), work
        )
        await deps.store.devices.put(device, work)
        await deps.deadlines.schedule(work, CHECK, device.device_id, now + rules.CHECK_EVERY)
        work.emit(DeviceEnrolled.of(device, serial=device.good_from))
    return device


def _new_device(enrolment: Enrolment, gate: Gate, name: str, now: datetime) -> Device:
    return Device(
        device_id=new_id(),
        gate_id=enrolment.gate_id,
        area_path=gate.area_path,
        name=name,
        enrolled_at=now,
        enrolled_by=enrolment.made_by,
        heard_at=now,
    )


def _hash(deps: Deps, code: str) -> str:
    return keyed_hash(deps.id_hash_key, "enrolment_code", code)
