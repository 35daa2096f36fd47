"""Devices that were enrolled: their credentials, their heartbeats, and their end (R2.1, R2.7)."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from services.checkpoint.domain import devices as rules
from services.checkpoint.domain.devices import Device, DeviceState, Heartbeat, RevocationReason
from services.checkpoint.usecases import Deps
from shared.base.errors import NotFound
from shared.events.checkpoint import DeviceEnrolled, DeviceRevoked
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

CHECK = "device.check"


class Credential(NamedTuple):
    """A device with a token for it, and until when that is good."""

    device: Device
    token: str
    expires_at: datetime


def credential(deps: Deps, device: Device) -> Credential:
    """Return a token of the device's newest credential."""
    token, expires_at = deps.tokens.sign(
        device.device_id, device.area_path, deps.device_rules.token_life, gate=device.gate_id, serial=device.serial
    )
    return Credential(device, token, expires_at)


async def visible(deps: Deps, caller: Principal, device_id: str, work: UnitOfWork | None = None) -> Device:
    """Return a device in the caller's area. Raises `NotFound`."""
    device = await deps.store.devices.get(device_id, work)
    if device is None or not caller.sees(device.area_path):
        raise NotFound("checkpoint.no_such_device", f"The device {device_id} was not found in your area")
    return device


async def renew(deps: Deps, caller: Principal) -> Credential:
    """Give a device a new credential before its own expires; asked again, the same one, until that is used."""
    return credential(deps, await _renew(deps, caller))


@retry_conflicts
async def _renew(deps: Deps, caller: Principal) -> Device:
    async with deps.unit_of_work() as work:
        device, serial = await _own(deps, caller, work)
        renewed = rules.renewed(device, serial)
        await change(deps, device, renewed, work)
    return renewed


@retry_conflicts
async def beat(
    deps: Deps, caller: Principal, heartbeat: Heartbeat, sent_at: datetime, refused: tuple[int, ...]
) -> Device:
    """Store a device's report of itself; `refused` are numbers of scans that were not accepted (R2.7)."""
    async with deps.unit_of_work() as work:
        device, serial = await _own(deps, caller, work)
        seen = rules.apply_heartbeat(rules.used(device, serial), heartbeat, sent_at, refused, deps.clock.now())
        await change(deps, device, seen, work)
    return seen


async def _own(deps: Deps, caller: Principal, work: UnitOfWork) -> tuple[Device, int]:
    device = await deps.store.devices.get(caller.subject, work)
    if device is None or caller.serial is None:
        text = "This device was not enrolled here: ask the office for a one-time code"
        raise NotFound("checkpoint.not_enrolled", text)
    return device, caller.serial


async def change(deps: Deps, old: Device, new: Device, work: UnitOfWork) -> None:
    """Store a device that has changed; publish which of its credentials are good, and where it is, for the gates."""
    if new != old:
        await deps.store.devices.put(new, work)
    if (new.good_from, new.area_path) != (old.good_from, old.area_path):
        work.emit(DeviceEnrolled.of(new, serial=new.good_from))


@retry_conflicts
async def revoke(deps: Deps, caller: Principal, device_id: str, reason: RevocationReason) -> Device:
    """Let a device scan no more; the same again changes nothing."""
    async with deps.unit_of_work() as work:
        device = await visible(deps, caller, device_id, work)
        if device.revoked == reason.value:
            return device
        revoked = replace(device, revoked=reason.value)
        await deps.store.devices.put(revoked, work)
        await deps.deadlines.cancel(work, device_id, CHECK)
        work.emit(DeviceRevoked.of(revoked, reason=reason.value))
    return revoked


def state(deps: Deps, device: Device) -> DeviceState:
    """Return how the device is now."""
    return rules.state(device, deps.clock.now(), deps.device_rules.silent_after)
