"""Repeats: two scans of a person within seconds are one crossing, whatever device or process had them (R2.2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from services.checkpoint.domain import repeats as rules
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.policy import USUAL
from services.checkpoint.domain.presence import Seen
from services.checkpoint.store.presence import Bucket
from services.checkpoint.usecases import Deps
from shared.events.checkpoint import Policy

# A chain of scans is followed so many intervals back, so that each of its repeats points at the scan that counts.
CHAIN = 10
# Passages that come late lie days apart: each hour of them is read by itself.
_SPAN_S = 3_600


def policy_at(deps: Deps, passage: StoredPassage) -> Policy:
    """Return what held at the passage's checkpoint."""
    return deps.known.checkpoints.policy(passage.checkpoint_id, passage.at) or USUAL


async def mark_residents(
    deps: Deps, waiting: Mapping[str, Sequence[StoredPassage]], buckets: Mapping[str, Bucket]
) -> set[str]:
    """Mark repeats among the residents' passages; return their scan ids. Presence says for whom the store is asked."""
    asked: list[StoredPassage] = []
    for resident, passages in waiting.items():
        known = buckets[resident].residents.get(resident, Seen())
        if rules.may_repeat(known, passages, lambda passage: _interval(deps, passage)):
            asked += passages
    return await _mark(deps, "resident_id", asked)


async def mark_strangers(deps: Deps, passages: Iterable[StoredPassage]) -> set[str]:
    """Mark repeats among the passages of visitors and vehicles with a permit; return their scan ids."""
    return await _mark(deps, "permit_id", [one for one in passages if one.permit_id and not one.resident_id])


def _interval(deps: Deps, passage: StoredPassage) -> timedelta:
    return timedelta(seconds=policy_at(deps, passage).repeat_within_s)


async def _mark(deps: Deps, whose: str, passages: Sequence[StoredPassage]) -> set[str]:
    spans: dict[int, list[StoredPassage]] = {}
    for passage in passages:
        spans.setdefault(int(passage.at.timestamp()) // _SPAN_S, []).append(passage)
    repeated: set[str] = set()
    for span in spans.values():
        repeated |= await _mark_span(deps, whose, span)
    return repeated


async def _mark_span(deps: Deps, whose: str, passages: Sequence[StoredPassage]) -> set[str]:
    around = CHAIN * max(_interval(deps, one) for one in passages)
    times = [one.at for one in passages]
    persons = sorted({rules.person(one) or "" for one in passages})
    gates = sorted({one.gate_id for one in passages})
    stored = await deps.store.passages.of_persons(whose, persons, gates, min(times) - around, max(times) + around)
    by_person: dict[str | None, list[StoredPassage]] = {}
    for one in stored:
        by_person.setdefault(rules.person(one), []).append(one)
    marks: dict[str, str | None] = {}
    for own in by_person.values():
        marks |= rules.repeats(own, lambda passage: _interval(deps, passage))
    await deps.store.passages.mark_repeats(
        {one.scan_id: mark for one in stored if (mark := marks[one.scan_id]) != one.repeat_of}
    )
    return {scan_id for scan_id, first in marks.items() if first}
