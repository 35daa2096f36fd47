"""Recording: passages, presence and alerts from the bus, in bulk and late; no person at a gate waits for it."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

from services.checkpoint import metrics
from services.checkpoint.domain.passage import StoredPassage, same_scan
from services.checkpoint.usecases import Deps, alerts, outings, passes, presence, repeats, reviews
from shared.base.ids import derived_id
from shared.events.checkpoint import PassageRecorded
from shared.store.mongo import Document

logger = logging.getLogger(__name__)


async def record(deps: Deps, events: Sequence[PassageRecorded]) -> None:
    """Store passages, presence, alerts and overrides; a repeat changes nothing.

    Scans of one person within seconds are stored each, and are one crossing.

    A scan counts as it was stored first. Sent again it may have been decided otherwise, which is kept beside the first
    verdict; and a device may have used its id for another scan, which is kept apart.
    """
    passages = [StoredPassage.of(event) for event in events]
    stored, new = await deps.store.passages.add(passages)
    repeated = [one for one in passages if one is not stored[one.scan_id]]
    reused = [one for one in repeated if not same_scan(stored[one.scan_id], one)]
    if reused:
        await _keep_apart(deps, reused)
    later = [one for one in repeated if one.verdict != stored[one.scan_id].verdict and one not in reused]
    await deps.store.passages.add_later_verdicts(later)
    counted = list(stored.values())
    await deps.disclosures.record_each(_readings(deps, counted))
    correlations = {event.scan_id: event.meta.correlation_id for event in events}
    await alerts.raise_new(deps, alerts.by_reasons(counted), correlations)
    repeated_at_once = await presence.follow(deps, counted, correlations)
    repeated_at_once |= await repeats.mark_strangers(deps, counted)
    crossings = [one for one in counted if one.scan_id not in repeated_at_once]
    await alerts.raise_new(deps, await outings.record(deps, crossings), correlations)
    await passes.record(deps, crossings)
    await reviews.record_overrides(deps, crossings, correlations)
    _count(one for one in crossings if one.scan_id in new)


def _readings(deps: Deps, passages: Iterable[StoredPassage]) -> list[Document]:
    """Return the readings of names by keepers: one reading a device, resident and day of the city."""
    rows: dict[str, Document] = {}
    for one in passages:
        for resident_id in (*((one.resident_id,) if one.named and one.resident_id else ()), *one.revealed):
            day = one.at.astimezone(deps.zone).date().isoformat()
            identity = derived_id("gate-name", one.device_id, resident_id, day)
            home = deps.known.credentials.home(resident_id) or one.area_path
            rows.setdefault(identity, _reading(identity, one, resident_id, home))
    return list(rows.values())


def _reading(identity: str, passage: StoredPassage, resident_id: str, home: str) -> Document:
    return {
        "_id": identity,
        "kind": "gate_name",
        "reader": passage.device_id,
        "reader_area": passage.area_path,
        "subject": resident_id,
        "subject_area": home,
        "purpose": "compare the person at the gate",
        "at": passage.at,
    }


def _count(passages: Iterable[StoredPassage]) -> None:
    counts = Counter((passage.direction, passage.verdict) for passage in passages)
    for (direction, verdict), count in counts.items():
        metrics.PASSAGES_RECORDED.labels(direction.value, verdict.value).inc(count)


async def _keep_apart(deps: Deps, reused: Sequence[StoredPassage]) -> None:
    """Keep other scans with an id that is taken where an operator finds them: they are no passages of that id."""
    new = await deps.store.passages.add_reused(reused)
    metrics.SCAN_IDS_REUSED.inc(new)
    devices = sorted({passage.device_id for passage in reused})
    logger.warning("scan ids were used twice", extra={"scans": len(reused), "devices": devices[:10]})
