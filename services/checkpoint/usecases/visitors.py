"""Visitors and couriers, registered at the gate and known there the next time (R2.5)."""

import json
from dataclasses import asdict, replace

import msgspec

from services.checkpoint.domain import permit as rules
from services.checkpoint.domain.permit import Permit, Personal, Visitor
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from services.checkpoint.usecases.permits import Entrance, fingerprint, granted, new_permit, publish
from shared.base.errors import Conflict, Forbidden, Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.sealing import UNREADABLE, keyed_hash
from shared.events.checkpoint import CredentialKind, PermitKind, VisitorRule
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

CONTEXT = "visitor"
_read_personal = msgspec.json.Decoder(Personal).decode


@retry_conflicts
async def register(deps: Deps, caller: Principal, asked: Visitor) -> Permit:
    """Register a visitor, once; the gate lets them in by the slip, and by ID number and plate where they are given.

    Raises `Conflict` where no visitors come in.
    """
    if deps.known.devices.refuses(caller):
        text = "This device was revoked, or has a newer credential: enrol it again with a one-time code"
        raise Forbidden("checkpoint.device_revoked", text)
    async with deps.unit_of_work() as work:
        if old := await granted(deps, asked, work):
            return old
        entrance = await _entrance(deps, caller, asked, work)
        by_office = bool(caller.roles & {Role.CITY, Role.COMMUNITY})
        rules.check_visit(asked.purpose, asked.until, by_office, deps.clock.now())
        _check_welcome(deps, entrance)
        permit = _permit(deps, caller, asked, entrance)
        await publish(deps, [permit], (), work)
    return permit


async def _entrance(deps: Deps, caller: Principal, asked: Visitor, work: UnitOfWork) -> Entrance:
    bound = Role.DEVICE in caller.roles
    gate_id = _own_gate(caller, asked.gate_id) if bound else asked.gate_id
    if gate_id:
        gate = await deps.store.gates.get(gate_id, work)
        if gate is None or gate.closed or not (bound or caller.sees(gate.area_path)):
            raise NotFound("checkpoint.no_such_gate", f"The gate {gate_id} was not found in your area, or is closed")
        if asked.checkpoint_id not in (None, gate.checkpoint_id):
            raise Invalid("checkpoint.gate_elsewhere", "The gate is not one of that checkpoint: name one of the two")
        return Entrance(gate.area_path, gate.checkpoint_id)
    if asked.checkpoint_id is None:
        raise Invalid("checkpoint.place_missing", "Name the gate_id or the checkpoint_id where the visitor comes in")
    return Entrance((await visible(deps, caller, asked.checkpoint_id, work)).area_path, asked.checkpoint_id)


def _own_gate(caller: Principal, gate_id: str | None) -> str:
    if caller.gate is None or gate_id not in (None, caller.gate):
        raise Forbidden("checkpoint.wrong_gate", "A device registers visitors at its own gate: leave 'gate_id' out")
    return caller.gate


def _check_welcome(deps: Deps, entrance: Entrance) -> None:
    policy = deps.known.checkpoints.policy(entrance.checkpoint_id, deps.clock.now())
    if policy and policy.visitors is VisitorRule.NONE:
        text = "No visitors come in here now: send them away, or change the policy of the checkpoint first"
        raise Conflict("checkpoint.visitors_barred", text)


def _permit(deps: Deps, caller: Principal, asked: Visitor, entrance: Entrance) -> Permit:
    credentials = {CredentialKind.VISITOR: slip(deps, asked.permit_id)}
    credentials |= {CredentialKind.ID_NUMBER: asked.id_number} if asked.id_number else {}
    credentials |= {CredentialKind.PLATE: asked.plate} if asked.plate else {}
    personal = Personal(asked.name, asked.phone, asked.id_number, asked.plate)
    others = list(credentials)[1:]
    return replace(
        new_permit(deps, caller, PermitKind.VISITOR, asked.permit_id, entrance, deps.clock.now(), asked.until),
        known_as=(asked.permit_id, *(derived_id("permit", asked.permit_id, kind) for kind in others)),
        shown=tuple(keyed_hash(deps.id_hash_key, kind, text) for kind, text in credentials.items()),
        purpose=asked.purpose,
        host_resident_id=asked.host_resident_id,
        sealed=deps.sealer.seal(json.dumps(asdict(personal), ensure_ascii=False), CONTEXT, asked.permit_id),
        asked=fingerprint(deps, asked),
    )


def slip(deps: Deps, permit_id: str) -> str:
    """Return the short code that a visitor shows the next time; it cannot be worked out from the permit's id."""
    return rules.slip(keyed_hash(deps.id_hash_key, "slip", permit_id))


def open_personal(deps: Deps, permit: Permit) -> Personal:
    """Return what a visitor stated of themselves; the caller records the reading first.

    Every field is `UNREADABLE` where the seal does not open.
    """
    stated = deps.sealer.show(permit.sealed or "", CONTEXT, permit.permit_id)
    return Personal(*[UNREADABLE] * 4) if stated == UNREADABLE else _read_personal(stated)
