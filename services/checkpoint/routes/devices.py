"""Devices over HTTP: enrolled with a one-time code, renewed, alive or silent, revoked (R2.1, R2.7)."""

from typing import Annotated

from fastapi import Request

from services.checkpoint.domain.devices import Device, Heartbeat
from services.checkpoint.domain.gate import Gate
from services.checkpoint.routes.callers import Office, OwnDevice, Staff, Uses, gate_name
from services.checkpoint.schemas import devices as schemas
from services.checkpoint.store.devices import DOOR
from services.checkpoint.usecases import Deps, devices, enrolment
from services.checkpoint.usecases.devices import Credential
from shared.web.http import api_router
from shared.web.ids import Code, MaybeCode
from shared.web.operators import Operator
from shared.web.pages import Listed, Listing, Page, following_time, listed

router = api_router("devices", about="Enrolment, tokens and heartbeats of devices at gates.")

GateId = Code
DeviceId = Code


@router.post("/gates/{gate_id}/enrolments", status_code=201)
async def make_enrolment_code(gate_id: GateId, body: schemas.CodeBody, deps: Uses, caller: Office) -> schemas.CodeView:
    """Make a one-time code for a device at a gate, good for 30 minutes (R2.1)."""
    made = await enrolment.make_code(deps, caller, gate_id, str(body.enrolment_id))
    return schemas.CodeView(code=made.code, gate_id=gate_id, expires_at=made.expires_at)


@router.post("/devices/enrol")
async def enrol_device(body: schemas.EnrolBody, request: Request, deps: Uses) -> schemas.CredentialView:
    """Enrol the device that shows a one-time code; it needs no token and gets one (R2.1)."""
    tried = enrolment.TriedCode(body.code, str(body.request_id), body.name, body.gate_id)
    return _credential(deps, await enrolment.enrol(deps, request.client.host if request.client else "", tried))


@router.post("/devices/me/renew")
async def renew_token(deps: Uses, caller: OwnDevice) -> schemas.CredentialView:
    """Give the device a new token while its own is good; that stays good until the new one is used (R2.1)."""
    return _credential(deps, await devices.renew(deps, caller))


@router.post("/devices/me/heartbeat")
async def report_heartbeat(body: schemas.HeartbeatBody, deps: Uses, caller: OwnDevice) -> schemas.HeartbeatView:
    """Store the device's report of itself; answer which of its scans never came (R2.7)."""
    heartbeat = Heartbeat(**body.model_dump(exclude={"sent_at", "rejected"}))
    device = await devices.beat(deps, caller, heartbeat, body.sent_at, tuple(body.rejected))
    return schemas.HeartbeatView(
        now=deps.clock.now(), gate_id=device.gate_id, serial=device.good_from, gaps=_gaps(device)
    )


@router.get("/devices")
async def list_devices(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed(DOOR, "last_seen", "-last_seen", searched="name")],
    gate_id: MaybeCode = "",
) -> Page[schemas.DeviceView]:
    """List the devices in the caller's area, or at a gate, and how they are, a page at a time (R2.7)."""
    asked = listing.q, listing.sort, listing.after, listing.limit
    page, following = await deps.store.devices.within(caller.area, *asked, gate_id)
    return listing.page([_device(deps, device) for device in page], following)


@router.get("/devices/silent")
async def list_silent_devices(deps: Uses, _: Operator, listing: Listed) -> Page[schemas.SilentDeviceView]:
    """List the devices of the city without a sign of life for some minutes, the longest silent first (R2.7)."""
    since = deps.clock.now() - deps.device_rules.silent_after
    silent = await deps.store.devices.silent(since, listing.after_time, listing.limit)
    gates = {gate.gate_id: gate for gate in await deps.store.gates.by_ids({device.gate_id for device in silent})}
    last = following_time(silent[-1].heard_at, silent[-1].device_id) if len(silent) == listing.limit else None
    return listing.page((_silent(device, gates.get(device.gate_id)) for device in silent), last)


@router.get("/devices/{device_id}")
async def show_device(device_id: DeviceId, deps: Uses, caller: Staff) -> schemas.DeviceView:
    """Show a device: how it is, and which of its scans never came (R2.7)."""
    return _device(deps, await devices.visible(deps, caller, device_id))


@router.post("/devices/{device_id}/revoke")
async def revoke_device(
    device_id: DeviceId, body: schemas.RevocationBody, deps: Uses, caller: Office
) -> schemas.DeviceView:
    """Let a device scan no more; every gate refuses it within seconds (R2.1)."""
    return _device(deps, await devices.revoke(deps, caller, device_id, body.reason))


def _credential(deps: Deps, given: Credential) -> schemas.CredentialView:
    device = given.device
    return schemas.CredentialView(
        device_id=device.device_id,
        gate_id=device.gate_id,
        gate_name=gate_name(deps, device.gate_id),
        token=given.token,
        serial=device.serial,
        expires_at=given.expires_at,
    )


def _device(deps: Deps, device: Device) -> schemas.DeviceView:
    heartbeat = device.heartbeat
    as_of = heartbeat.list_as_of if heartbeat else None
    return schemas.DeviceView(
        device_id=device.device_id,
        gate_id=device.gate_id,
        gate_name=gate_name(deps, device.gate_id),
        area_path=device.area_path,
        name=device.name,
        state=devices.state(deps, device),
        revoked=device.revoked,
        enrolled_at=device.enrolled_at,
        enrolled_by=device.enrolled_by,
        last_seen=device.heard_at,
        clock_offset_s=device.clock_offset_s,
        unsent=heartbeat.unsent if heartbeat else None,
        list_version=heartbeat.list_version if heartbeat else None,
        list_age_s=(deps.clock.now() - as_of).total_seconds() if as_of else None,
        app_version=heartbeat.app_version if heartbeat else None,
        gaps=_gaps(device),
    )


def _silent(device: Device, gate: Gate | None) -> schemas.SilentDeviceView:
    return schemas.SilentDeviceView(
        device_id=device.device_id,
        gate_id=device.gate_id,
        area_path=device.area_path,
        gate_name=gate.name if gate else "",
        name=device.name,
        last_seen=device.heard_at,
        app_version=device.heartbeat.app_version if device.heartbeat else None,
        is_closed=gate is None or gate.closed,
    )


def _gaps(device: Device) -> list[schemas.GapView]:
    return [schemas.GapView(first=gap.first, last=gap.last) for gap in device.numbers.gaps if gap.told]
