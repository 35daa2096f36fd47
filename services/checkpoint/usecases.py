"""Scanning: decide from memory, append to the log, answer. Recording: passages, presence and alerts, in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.checkpoint import domain
from services.checkpoint.domain import Answer, Decision, Reason, Refusal, Scan, Shown
from services.checkpoint.replicas import Credentials, Exceptions, Gates
from services.checkpoint.scanlog import ScanLog
from services.checkpoint.store import Store
from shared import area, metrics
from shared.access import Principal
from shared.clock import Clock
from shared.envelope import Meta
from shared.errors import Forbidden, Unavailable
from shared.events.checkpoint import AlertRaised, AlertRule, CredentialKind, GateDefined, PassageRecorded
from shared.health_code import BadCode, CodeRefused, CodeVerifier
from shared.ids import derived_id
from shared.logs import correlation_id
from shared.mongo import Document
from shared.sealing import keyed_hash
from shared.unit_of_work import UnitOfWorkFactory, retry_conflicts


@dataclass
class InFlight:
    """How many scans are being answered, and how many may be."""

    limit: int
    scans: int = 0


@dataclass(frozen=True)
class Deps:
    """What checkpoint's use cases work with."""

    store: Store
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    zone: ZoneInfo
    exceptions: Exceptions
    credentials: Credentials
    gates: Gates
    verifier: CodeVerifier
    id_hash_key: bytes
    log: ScanLog
    in_flight: InFlight


async def scan(deps: Deps, caller: Principal, scans: Sequence[Scan | Refusal]) -> list[Answer | Refusal]:
    """Decide on the scans and answer in their order. Raises `Unavailable` when too many are in flight."""
    if deps.in_flight.scans + len(scans) > deps.in_flight.limit:
        raise Unavailable("checkpoint.busy", "Too many scans at once: send them again after Retry-After seconds", 1)
    deps.in_flight.scans += len(scans)
    try:
        return await _scan(deps, caller, scans)
    finally:
        deps.in_flight.scans -= len(scans)


async def _scan(deps: Deps, caller: Principal, scans: Sequence[Scan | Refusal]) -> list[Answer | Refusal]:
    now, as_of = deps.clock.now(), deps.exceptions.as_of
    answers: list[Answer | Refusal] = []
    passages: list[PassageRecorded] = []
    places: list[int] = []
    for one in scans:
        result = one if isinstance(one, Refusal) else _decided(deps, caller, one, now, as_of)
        if isinstance(result, PassageRecorded):
            places.append(len(answers))
            passages.append(result)
            answers.append(Answer(result.scan_id, result.verdict, result.reasons, False, as_of))
        else:
            answers.append(result)
    for place, passage, durable in zip(places, passages, await deps.log.append(passages), strict=True):
        answers[place] = Answer(passage.scan_id, passage.verdict, passage.reasons, durable, as_of)
        metrics.DECISIONS.labels(passage.verdict.value, str(durable).lower()).inc()
    return answers


def _decided(
    deps: Deps, caller: Principal, scan: Scan, now: datetime, as_of: datetime | None
) -> PassageRecorded | Refusal:
    path = _gate_path(deps, caller, scan.gate_id)
    if path is None:
        text = f"the gate {scan.gate_id} is not this device's or not known: register it or use its own credential"
        return Refusal(scan.scan_id, {"code": "checkpoint.wrong_gate", "detail": text})
    try:
        domain.check_scan(scan.at, scan.temperature_c, now)
    except ValueError as error:
        return Refusal(scan.scan_id, {"code": "checkpoint.absurd_scan", "detail": str(error)})
    shown = _shown(deps, scan, now)
    standing = deps.exceptions.standing(shown.resident_id) if shown.resident_id else None
    decision = domain.decide(shown, standing, scan.direction, scan.temperature_c, scan.mask)
    return _passage(caller, scan, path, shown, decision, now, as_of)


def _gate_path(deps: Deps, caller: Principal, gate_id: str) -> str | None:
    if caller.gate is not None:
        return (deps.gates.path(gate_id) or caller.area) if caller.gate == gate_id else None
    path = deps.gates.path(gate_id)
    return path if path and caller.sees(path) else None


def _shown(deps: Deps, scan: Scan, now: datetime) -> Shown:
    kind, value = scan.credential.kind, scan.credential.value
    if kind is CredentialKind.CODE:
        try:
            return Shown(kind, deps.verifier.verify(value, min(now, scan.at)).resident_id)
        except CodeRefused as error:
            expired = error.reason is BadCode.EXPIRED
            return Shown(kind, error.resident_id, Reason.CODE_EXPIRED if expired else Reason.CODE_FORGED)
    if kind in (CredentialKind.CARD, CredentialKind.ID_NUMBER):
        holder = deps.credentials.holder(keyed_hash(deps.id_hash_key, kind.value, value))
        return Shown(kind, holder.resident_id) if holder else Shown(kind, None, Reason.CREDENTIAL_UNKNOWN)
    return Shown(kind)


def _passage(
    caller: Principal, scan: Scan, path: str, shown: Shown, decision: Decision, now: datetime, as_of: datetime | None
) -> PassageRecorded:
    passage = PassageRecorded(
        subject=shown.resident_id or scan.scan_id,
        scan_id=scan.scan_id,
        gate_id=scan.gate_id,
        area_path=path,
        device_id=caller.subject,
        seq=scan.seq,
        at=scan.at,
        received_at=now,
        direction=scan.direction,
        credential_kind=scan.credential.kind,
        resident_id=shown.resident_id,
        verdict=decision.verdict,
        reasons=tuple(reason.value for reason in decision.reasons),
        temperature_c=scan.temperature_c,
        mask=scan.mask,
        mode=scan.mode,
        standing_as_of=as_of,
    )
    # The scan's id is the event's: a scan that is sent again is known wherever it arrives.
    return passage.stamped(Meta(scan.scan_id, now, "checkpoint", correlation_id.get() or scan.scan_id))


async def record(deps: Deps, passages: Sequence[PassageRecorded]) -> None:
    """Store passages, presence and alerts; doing it again changes nothing."""
    await deps.store.add_passages(passages)
    await deps.store.note_presence(passages)
    alerts = {alert["_id"]: alert for passage in passages for alert in _alerts(deps, passage)}
    if alerts:
        await _raise(deps, list(alerts.values()))


@retry_conflicts
async def _raise(deps: Deps, alerts: Sequence[Document]) -> None:
    known = await deps.store.known_alerts([alert["_id"] for alert in alerts])
    new = [alert for alert in alerts if alert["_id"] not in known]
    if not new:
        return
    async with deps.unit_of_work() as work:
        await deps.store.insert_alerts(new, work)
        work.emit(*[AlertRaised.model_validate(alert | {"alert_id": alert["_id"]}) for alert in new])


def _alerts(deps: Deps, passage: PassageRecorded) -> list[Document]:
    rules = {domain.ALERTS[Reason(r)] for r in passage.reasons if Reason(r) in domain.ALERTS}
    return [_alert(deps, passage, rule) for rule in sorted(rules)]


def _alert(deps: Deps, passage: PassageRecorded, rule: AlertRule) -> Document:
    subject = passage.resident_id or f"gate:{passage.gate_id}"
    return {
        "_id": derived_id("alert", *domain.episode(rule, subject, passage.at, deps.zone)),
        "subject": subject,
        "rule": rule.value,
        "resident_id": passage.resident_id,
        "scan_id": passage.scan_id,
        "gate_id": passage.gate_id,
        "area_path": passage.area_path,
        "home_path": deps.credentials.home(passage.resident_id) if passage.resident_id else None,
        "at": passage.at,
        "temperature_c": passage.temperature_c,
    }


@retry_conflicts
async def define_gate(deps: Deps, caller: Principal, gate_id: str, name: str, area_path: str) -> Document:
    """Define a gate or change it (R2.1); the same again changes nothing."""
    caller.require_area(area_path, f"the place {area_path}")
    async with deps.unit_of_work() as work:
        old = await deps.store.gate(gate_id, work)
        if old and not area.within(old["area_path"], caller.area):
            raise Forbidden("checkpoint.gate_elsewhere", f"The gate {gate_id} lies in another area")
        gate = {"_id": gate_id, "name": name, "area_path": area_path, "closed": False}
        if gate != old:
            await deps.store.put_gate(gate, work)
            work.emit(GateDefined(gate_id=gate_id, name=name, area_path=area_path))
    return gate
