"""Presence: who is where by the newest passages (R2.7), who was at two gates, and who is refused again (R2.9)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from msgspec import structs

from services.checkpoint.domain import alerts as rules
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.presence import Seen, followed
from services.checkpoint.store.presence import Bucket
from services.checkpoint.usecases import Deps, alerts, repeats
from services.checkpoint.usecases.alerts import Broken, Correlations, by_resident
from shared.events.checkpoint import AlertRule

ByResident = Mapping[str, Sequence[StoredPassage]]


async def follow(deps: Deps, passages: Iterable[StoredPassage], correlations: Correlations) -> set[str]:
    """Keep where the residents of the passages are, and raise what only several passages show; repeats change nothing.

    What another recorder has changed meanwhile is looked at again. Return the ids of the scans that are repeats.
    """
    waiting: ByResident = by_resident(passages)
    repeated: set[str] = set()
    while waiting:
        merged = {one: deps.known.credentials.ids_of(one)[1:] for one in waiting}
        buckets = await deps.store.presence.of({*waiting, *(alias for some in merged.values() for alias in some)})
        # Marked and raised before presence is stored: after a crash in between the recorder does both again.
        repeated |= await repeats.mark_residents(deps, waiting, buckets)
        await alerts.raise_new(deps, await _broken(deps, waiting, buckets, repeated), correlations)
        changed = {bucket.id: bucket for bucket in _moved(waiting, buckets, merged)}
        lost = await deps.store.presence.save(changed.values(), deps.clock.now())
        waiting = {
            resident: own
            for resident, own in waiting.items()
            if any(buckets[one].id in lost for one in (resident, *merged[resident]))
        }
    return repeated


def _moved(waiting: ByResident, buckets: Mapping[str, Bucket], merged: Mapping[str, Sequence[str]]) -> Iterable[Bucket]:
    for resident, passages in waiting.items():
        residents = buckets[resident].residents
        known = residents.get(resident, Seen())
        now = reduce(followed, passages, known)
        if now != known:
            residents[resident] = now
            yield buckets[resident]
        for alias in merged[resident]:  # the person is where the survivor's file says
            of_alias = buckets[alias].residents
            before = of_alias.get(alias, Seen())
            if before.inside and now.moved_at and before.moved_at and before.moved_at <= now.moved_at:
                of_alias[alias] = structs.replace(before, inside=None)
                yield buckets[alias]


async def _broken(deps: Deps, waiting: ByResident, buckets: Mapping[str, Bucket], repeated: set[str]) -> list[Broken]:
    broken: list[Broken] = []
    for resident, every in waiting.items():
        known = buckets[resident].residents.get(resident, Seen())
        passages = [passage for passage in every if passage.scan_id not in repeated]
        watched = [passage for passage in passages if repeats.policy_at(deps, passage).anti_passback]
        if watched:
            broken += [Broken(AlertRule.PASSBACK, one) for one in rules.passbacks(known, passages) if one in watched]
        if rules.may_be_copied(known, passages):
            pairs = rules.copied(await deps.store.passages.around(passages, rules.NEAR))
            broken += [Broken(AlertRule.COPIED, two, f"{one.gate_id} {two.gate_id}") for one, two in pairs]
        if rules.may_be_repeated(known, passages):
            stored = await deps.store.passages.around(rules.denials(passages), rules.DENIED_WITHIN)
            broken += [Broken(AlertRule.REPEATED, passage) for passage in rules.repeated(stored)]
    return broken
