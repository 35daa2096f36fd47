"""The check of a device every five minutes: is it silent, did scans of it get lost, is its clock right (R2.7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.checkpoint.domain import devices as rules
from services.checkpoint.domain import numbers as counting
from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.devices import Device, DeviceState, Finding
from services.checkpoint.domain.gate import Gate
from services.checkpoint.domain.numbers import Gap, Numbers
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.devices import change, state
from shared.base.ids import derived_id
from shared.events.checkpoint import AlertRaised
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

NUMBERS_A_CHECK = 5_000


@retry_conflicts
async def check(deps: Deps, deadline: Deadline) -> None:
    """Look at a device, raise what is wrong once an episode, and come again in five minutes."""
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        old = await deps.store.devices.get(deadline.subject, work)
        if old is None or old.revoked:
            return
        await deps.deadlines.again(work, deadline, now + rules.CHECK_EVERY)
        gate = await deps.store.gates.get(old.gate_id, work)
        device, lost = await _counted(deps, old, now)
        if gate:
            device = replace(device, area_path=gate.area_path)
        await change(deps, old, device, work)
        await _raise(deps, device, _findings(deps, device, lost, gate, now), now, work)


async def _counted(deps: Deps, device: Device, now: datetime) -> tuple[Device, Sequence[Gap]]:
    """Return the device with what came of it since the last check, and the numbers that are missed from now on."""
    numbers = replace(device.numbers, gaps=await _still_open(deps, device))
    after = numbers.complete_upto if numbers.complete_upto is not None else -1
    came = await deps.store.passages.seqs_of(device.device_id, after, None, NUMBERS_A_CHECK)
    if came:
        numbers = counting.begin_count(numbers, came[0] - 1)
        device = await _seen(deps, device, came[-1])
    newest = [number for number in (came[-1] if came else None, _newest_used(device)) if number is not None]
    if newest:
        numbers = counting.note_used(numbers, max(newest), now)
    numbers, lost = counting.tell(await _judged(deps, device, numbers, came, now), device.held)
    return replace(device, numbers=numbers, refused=counting.wanted(numbers, device.refused)), lost


def _newest_used(device: Device) -> int | None:
    return device.heartbeat.last_seq if device.heartbeat else None


async def _still_open(deps: Deps, device: Device) -> tuple[Gap, ...]:
    came: list[int] = list(device.refused)
    for gap in device.numbers.gaps:
        came += await deps.store.passages.seqs_of(device.device_id, gap.first - 1, gap.last, NUMBERS_A_CHECK)
    return counting.without(device.numbers.gaps, came)


async def _seen(deps: Deps, device: Device, newest: int) -> Device:
    """Return the device after its newest scan: that is a sign of life, and says how its clock was."""
    if device.seen_upto is not None and newest <= device.seen_upto:
        return device
    passage = await deps.store.passages.numbered(device.device_id, newest)
    if passage is None or passage.received_at <= device.heard_at:
        return replace(device, seen_upto=newest)
    offset_s = passage.clock_offset_s if passage.clock_offset_s is not None else device.clock_offset_s
    return replace(device, seen_upto=newest, heard_at=passage.received_at, clock_offset_s=offset_s)


async def _judged(deps: Deps, device: Device, numbers: Numbers, came: Sequence[int], now: datetime) -> Numbers:
    """Return the numbers with what is missing of those that must have come by now."""
    bound = counting.due(numbers, now)
    if bound is None or numbers.complete_upto is None:
        return numbers
    # What is behind the last one of a full hand has not been read yet.
    upto = min(bound.upto, came[-1]) if len(came) == NUMBERS_A_CHECK else bound.upto
    lost = counting.missing([*came, *device.refused], numbers.complete_upto, upto)
    # The recorder may be late: only what was scanned after that moment, and is stored, shows that it is not.
    if lost and not await deps.store.passages.recorded_since(bound.at + counting.AHEAD):
        return numbers
    return counting.judged(numbers, upto, lost)


def _findings(deps: Deps, device: Device, lost: Sequence[Gap], gate: Gate | None, now: datetime) -> list[Finding]:
    findings = []
    silent = state(deps, device) is DeviceState.SILENT
    if silent and gate and not gate.closed:  # a closed gate's device may be off
        findings.append(rules.silence(device))
    if not silent and rules.clock_is_wrong(device):
        findings.append(rules.wrong_clock(device, now, deps.zone))
    if lost:
        findings.append(rules.gap(lost))
    return findings


async def _raise(deps: Deps, device: Device, findings: Sequence[Finding], now: datetime, work: UnitOfWork) -> None:
    alerts = [_alert(device, finding, now) for finding in findings]
    known = await deps.store.alerts.known_ids([alert.alert_id for alert in alerts], work)
    new = [alert for alert in alerts if alert.alert_id not in known]
    await deps.store.alerts.insert(new, work)
    work.emit(*map(AlertRaised.of, new))


def _alert(device: Device, finding: Finding, now: datetime) -> Alert:
    subject = f"device:{device.device_id}"
    return Alert(
        alert_id=derived_id("alert", finding.rule.value, subject, finding.episode),
        subject=subject,
        rule=finding.rule,
        gate_id=device.gate_id,
        area_path=device.area_path,
        at=now,
        device_id=device.device_id,
        detail=finding.detail,
    )
