"""Scanning: decide from memory, append to the log, answer (R2.2, R2.3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

from prometheus_client import Counter

from services.checkpoint import metrics
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Answer, Refusal, Scan
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.decided import Decided
from services.checkpoint.usecases.deciding import Desk
from services.checkpoint.usecases.sharing import share_later
from shared.base.ids import new_id
from shared.base.logs import correlation_id
from shared.envelope.event import Stamp
from shared.events.checkpoint import PassageRecorded, Verdict
from shared.web.access import Principal


async def scan(
    deps: Deps, caller: Principal, scans: Sequence[Scan | Refusal], device_time: datetime | None = None
) -> list[Answer | Refusal]:
    """Decide on the scans and answer in their order; `device_time` is what the device's clock says now.

    Raises `Forbidden` for a device that was revoked.
    """
    desk = Desk(deps, caller, device_time)
    decided = await desk.decide_all(scans)
    for live, most in desk.counted.items():
        share_later(deps, caller.subject, live, desk.now, most)
    passages = [passage for one in decided if isinstance(one, Decided) for passage in one.passages]
    stamp = Stamp(PassageRecorded, desk.now, "checkpoint", correlation_id.get() or new_id())
    durable = iter(await deps.log.append(passages, stamp))
    answers = [one if isinstance(one, Refusal) else _answer(one, durable) for one in decided]
    _count(answers)
    return answers


def _answer(decided: Decided, durable: Iterator[bool]) -> Answer:
    """Return the answer to the gate; a vehicle's scan is durable when all its passages are."""
    passage = decided.passages[0]
    answer = decided.answer or passage
    arrived = next(durable)
    for _ in decided.passages[1:]:
        arrived = next(durable) and arrived
    return Answer(
        passage.scan_id,
        passage.verdict if passage.override else answer.verdict,
        answer.reasons,
        arrived,
        passage.standing_as_of,
        decided.on_board,
        passage.clock_offset_s,
        decided.retry_after_s,
        decided.person,
        decided.went_out,
    )


def _count(answers: Sequence[Answer | Refusal]) -> None:
    decisions: dict[tuple[Verdict, bool], int] = {}
    for answer in answers:
        if isinstance(answer, Answer):
            outcome = (answer.verdict, answer.durable)
            decisions[outcome] = decisions.get(outcome, 0) + 1
            for reason in answer.reasons:
                _reason(reason).inc()
        else:
            metrics.SCANS_REFUSED.labels(answer.error.code).inc()
    for (verdict, durable), count in decisions.items():
        _decision(verdict, durable).inc(count)


@cache
def _decision(verdict: Verdict, durable: bool) -> Counter:
    return metrics.DECISIONS.labels(verdict.value, "true" if durable else "false")


@cache
def _reason(reason: Reason) -> Counter:
    return metrics.SCAN_REASONS.labels(reason.value)
