"""Recording: passages, presence and alerts from the bus, in bulk and late without anybody waiting at a gate."""

import logging
from collections import Counter
from collections.abc import Sequence

from services.checkpoint import metrics
from services.checkpoint.domain.scan import same_scan
from services.checkpoint.store.passages import passage_row
from services.checkpoint.usecases import Deps, alerts, forgetting, presence, reviews
from shared.events.checkpoint import PassageRecorded
from shared.store.mongo import Document

logger = logging.getLogger(__name__)


async def record(deps: Deps, passages: Sequence[PassageRecorded]) -> None:
    """Store passages, presence, alerts and overrides; doing it again changes nothing.

    A scan counts as it was stored first. Sent again it may have been decided otherwise, which is kept beside the first
    verdict; and a device may have used its id for another scan, which is kept apart.
    """
    rows = [passage_row(passage) for passage in passages]
    stored, new = await deps.store.passages.add(rows)
    _count([stored[scan_id] for scan_id in new])
    reused = [row for row in rows if not same_scan(stored[row["_id"]], row)]
    if reused:
        await _keep_apart(deps, reused)
    told = [row for row in rows if row["verdict"] != stored[row["_id"]]["verdict"] and row not in reused]
    await deps.store.passages.add_told(told)
    counted = list(stored.values())
    correlations = {passage.scan_id: passage.meta.correlation_id for passage in passages}
    await alerts.raise_new(deps, alerts.by_reasons(counted), correlations)
    await presence.follow(deps, counted, correlations)
    await presence.tell_inside(deps)
    await reviews.note_overrides(deps, counted, correlations)
    await forgetting.begin(deps)


def _count(rows: Sequence[Document]) -> None:
    for (direction, verdict), count in Counter((row["direction"], row["verdict"]) for row in rows).items():
        metrics.PASSAGES_RECORDED.labels(direction, verdict).inc(count)


async def _keep_apart(deps: Deps, reused: Sequence[Document]) -> None:
    """Keep other scans with an id that is taken where an operator finds them: they are no passages of that id."""
    new = await deps.store.passages.add_reused(reused)
    metrics.SCAN_IDS_REUSED.inc(new)
    devices = sorted({row["device_id"] for row in reused})
    logger.warning("scan ids were used twice", extra={"scans": len(reused), "devices": devices[:10]})
