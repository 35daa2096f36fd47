"""Presence: who is where by the newest passages (R2.7), who was at two gates, and who is refused again (R2.9)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import reduce

from services.checkpoint import metrics
from services.checkpoint.domain import alerts as rules
from services.checkpoint.domain.presence import Seen, by_district, followed
from services.checkpoint.store.presence import Bucket
from services.checkpoint.usecases import Deps, alerts
from services.checkpoint.usecases.alerts import Broken, Correlations, by_resident
from shared.events.checkpoint import AlertRule
from shared.store.mongo import Document

TOLD_EVERY = timedelta(minutes=1)

ByResident = Mapping[str, Sequence[Document]]


async def follow(deps: Deps, rows: Iterable[Document], correlations: Correlations) -> None:
    """Keep where the residents of the passages are, and raise what only several passages show; repeats change nothing.

    What another recorder has changed meanwhile is looked at again.
    """
    waiting: ByResident = by_resident(rows)
    while waiting:
        buckets = await deps.store.presence.of(waiting)
        # Raised before it is noted who was where: after a crash in between it is found again.
        await alerts.raise_new(deps, await _broken(deps, waiting, buckets), correlations)
        changed = {bucket.id: bucket for bucket in _moved(waiting, buckets)}
        lost = await deps.store.presence.save(changed.values(), deps.clock.now())
        waiting = {resident: rows for resident, rows in waiting.items() if buckets[resident].id in lost}


def _moved(waiting: ByResident, buckets: Mapping[str, Bucket]) -> Iterable[Bucket]:
    for resident, rows in waiting.items():
        residents = buckets[resident].residents
        known = residents.get(resident, Seen())
        now = reduce(followed, rows, known)
        if now != known:
            residents[resident] = now
            yield buckets[resident]


async def _broken(deps: Deps, waiting: ByResident, buckets: Mapping[str, Bucket]) -> list[Broken]:
    broken: list[Broken] = []
    for resident, rows in waiting.items():
        known = buckets[resident].residents.get(resident, Seen())
        if rules.may_be_copied(known, rows):
            pairs = rules.copied(await deps.store.passages.around(rows, rules.NEAR))
            broken += [Broken(AlertRule.COPIED, two, f"{one['gate_id']} {two['gate_id']}") for one, two in pairs]
        if rules.may_be_repeated(known, rows):
            stored = await deps.store.passages.around(rules.denials(rows), rules.DENIED_WITHIN)
            broken += [Broken(AlertRule.REPEATED, row) for row in rules.repeated(stored)]
    return broken


async def tell_inside(deps: Deps) -> None:
    """Tell operators how many are inside by district, at most once a minute."""
    now, told_at = deps.clock.now(), deps.told.inside_at
    if told_at is not None and now - told_at < TOLD_EVERY:
        return
    deps.told.inside_at = now
    found = by_district(await deps.store.presence.inside("/"))
    metrics.INSIDE.clear()
    for district, count in found.items():
        metrics.INSIDE.labels(district).set(count)
