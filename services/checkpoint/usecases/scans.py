"""Scanning: decide from memory, append to the log, answer (R2.2, R2.3)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from services.checkpoint.domain.decision import Decision, Shown, decide
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Answer, Fault, Refusal, Scan, check_scan, is_late
from services.checkpoint.usecases import Deps
from shared import metrics
from shared.access import Principal, Role
from shared.envelope import Meta
from shared.errors import NotYet
from shared.events.checkpoint import CredentialKind, PassageRecorded
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused
from shared.logs import correlation_id
from shared.sealing import keyed_hash

BREATH = 50  # scans decided in one go: verifying as many signed codes takes some 10 ms


async def scan(deps: Deps, caller: Principal, scans: Sequence[Scan | Refusal]) -> list[Answer | Refusal]:
    """Decide on the scans and answer in their order."""
    as_of = deps.known.exceptions.as_of
    decided = await _decided(deps, caller, scans, as_of)
    durable = iter(await deps.log.append([one for one in decided if isinstance(one, PassageRecorded)]))
    answers = [one if isinstance(one, Refusal) else _answer(one, next(durable)) for one in decided]
    _count(answers)
    return answers


async def _decided(
    deps: Deps, caller: Principal, scans: Sequence[Scan | Refusal], as_of: datetime | None
) -> list[PassageRecorded | Refusal]:
    now = deps.clock.now()
    decided: list[PassageRecorded | Refusal] = []
    seen: dict[str, Scan] = {}
    for number, one in enumerate(scans, start=1):
        if isinstance(one, Scan) and seen.setdefault(one.scan_id, one) != one:
            text = "the batch holds another scan with this scan_id: give each scan its own"
            one = Refusal(one.scan_id, Fault("checkpoint.scan_id_reused", text))
        decided.append(one if isinstance(one, Refusal) else _decide(deps, caller, one, now, as_of))
        if number % BREATH == 0:
            await asyncio.sleep(0)  # others scan one by one and wait at a gate
    return decided


def _decide(
    deps: Deps, caller: Principal, scan: Scan, now: datetime, as_of: datetime | None
) -> PassageRecorded | Refusal:
    path = _gate_path(deps, caller, scan.gate_id)
    if path is None:
        text = f"the gate {scan.gate_id} is closed, not known or not yours: define it or use its own device's token"
        return Refusal(scan.scan_id, Fault("checkpoint.wrong_gate", text))
    try:
        check_scan(scan.at, scan.temperature_c, now)
    except ValueError as error:
        return Refusal(scan.scan_id, Fault("checkpoint.absurd_scan", str(error)))
    shown = _shown(deps, scan, now, as_of)
    when = scan.at if is_late(scan.at, now) else None
    standing = deps.known.exceptions.standing(shown.resident_id, when) if shown.resident_id else None
    decision = decide(shown, standing, scan.direction, scan.temperature_c, scan.mask)
    return _passage(caller, scan, path, shown, decision, now, as_of)


def _gate_path(deps: Deps, caller: Principal, gate_id: str) -> str | None:
    """Return the area path of an open gate where the caller may scan, or None."""
    bound = caller.gate is not None or not caller.roles & {Role.COMMUNITY, Role.CITY}
    if bound and caller.gate != gate_id:
        return None
    gate = deps.known.gates.get(gate_id)
    if gate is None:
        if not bound and not deps.known.gates.replica.ready:
            raise NotYet("the gates have not been read yet")
        return caller.area if bound else None  # a device works before the news of its gate has come
    return None if gate.closed or not (bound or caller.sees(gate.area_path)) else gate.area_path


def _shown(deps: Deps, scan: Scan, now: datetime, as_of: datetime | None) -> Shown:
    kind, value = scan.credential.kind, scan.credential.value.strip()
    if kind is CredentialKind.CODE:
        return _shown_code(deps, value, min(now, scan.at), as_of)
    if kind in (CredentialKind.CARD, CredentialKind.ID_NUMBER):
        resident_id = deps.known.credentials.holder(keyed_hash(deps.id_hash_key, kind.value, value))
        return Shown(kind, resident_id, None if resident_id else Reason.CREDENTIAL_UNKNOWN)
    return Shown(kind)


def _shown_code(deps: Deps, text: str, at: datetime, as_of: datetime | None) -> Shown:
    kind = CredentialKind.CODE
    try:
        code = deps.verifier.verify(text, at)
    except CodeRefused as error:
        problem = Reason.CODE_EXPIRED if error.reason is BadCode.EXPIRED else Reason.CODE_FORGED
        return Shown(kind, error.resident_id, problem)
    # The list knows better than a code that is older.
    newer = as_of is None or code.issued_at > as_of
    return Shown(kind, code.resident_id, colour=code.colour if newer else Colour.GREEN)


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


def _answer(passage: PassageRecorded, durable: bool) -> Answer:
    reasons = tuple(map(Reason, passage.reasons))
    return Answer(passage.scan_id, passage.verdict, reasons, durable, passage.standing_as_of)


def _count(answers: Sequence[Answer | Refusal]) -> None:
    told = [answer for answer in answers if isinstance(answer, Answer)]
    for (verdict, durable), count in Counter((answer.verdict, answer.durable) for answer in told).items():
        metrics.DECISIONS.labels(verdict.value, str(durable).lower()).inc(count)
    for reason, count in Counter(reason for answer in told for reason in answer.reasons).items():
        metrics.SCAN_REASONS.labels(reason.value).inc(count)
    for code, count in Counter(answer.error.code for answer in answers if isinstance(answer, Refusal)).items():
        metrics.SCANS_REFUSED.labels(code).inc(count)
