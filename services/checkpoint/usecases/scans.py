"""Scanning: decide from memory, append to the log, answer (R2.2, R2.3)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from services.checkpoint.domain.scan import Answer, Refusal, Scan
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.deciding import Decided, Desk
from shared import metrics
from shared.access import Principal
from shared.envelope import Stamp
from shared.events.checkpoint import PassageRecorded
from shared.ids import new_id
from shared.logs import correlation_id


async def scan(
    deps: Deps, caller: Principal, scans: Sequence[Scan | Refusal], device_time: datetime | None = None
) -> list[Answer | Refusal]:
    """Decide on the scans and answer in their order; `device_time` is what the device's clock says now.

    Raises `Forbidden` for a device that was revoked.
    """
    desk = Desk(deps, caller, device_time)
    decided = await desk.decide_all(scans)
    passages = [passage for one in decided if isinstance(one, Decided) for passage in one.passages]
    stamp = Stamp(PassageRecorded, desk.now, "checkpoint", correlation_id.get() or new_id())
    durable = iter(await deps.log.append(passages, stamp))
    answers = [one if isinstance(one, Refusal) else _answer(one, durable) for one in decided]
    _count(answers)
    return answers


def _answer(decided: Decided, durable: Iterator[bool]) -> Answer:
    """Return what the gate is told; a vehicle's scan is durable when everybody's passage is."""
    passage = decided.passages[0]
    arrived = next(durable)
    for _ in decided.passages[1:]:
        arrived = next(durable) and arrived
    return Answer(
        passage.scan_id,
        passage.verdict,
        passage.reasons,
        arrived,
        passage.standing_as_of,
        decided.on_board,
        passage.clock_offset_s,
    )


def _count(answers: Sequence[Answer | Refusal]) -> None:
    decisions: Counter[tuple[str, bool]] = Counter()
    reasons: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for answer in answers:
        if isinstance(answer, Answer):
            decisions[answer.verdict, answer.durable] += 1
            if answer.reasons:
                reasons.update(answer.reasons)
        else:
            refused[answer.error.code] += 1
    for (verdict, durable), count in decisions.items():
        metrics.DECISIONS.labels(verdict, "true" if durable else "false").inc(count)
    for reason, count in reasons.items():
        metrics.SCAN_REASONS.labels(reason).inc(count)
    for code, count in refused.items():
        metrics.SCANS_REFUSED.labels(code).inc(count)
