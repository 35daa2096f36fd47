"""Recording: passages, presence and alerts from the bus, in bulk and late without anybody waiting at a gate."""

import logging
from collections.abc import Iterable, Sequence

from services.checkpoint.domain import alerts as rules
from services.checkpoint.domain.scan import same_scan
from services.checkpoint.store.passages import passage_row
from services.checkpoint.usecases import Deps
from shared import metrics
from shared.errors import NotYet
from shared.events.checkpoint import AlertRaised, AlertRule, PassageRecorded
from shared.ids import derived_id
from shared.logs import correlation_id
from shared.mongo import Document
from shared.unit_of_work import retry_conflicts

logger = logging.getLogger(__name__)


async def record(deps: Deps, passages: Sequence[PassageRecorded]) -> None:
    """Store passages, presence and alerts; doing it again changes nothing.

    A scan counts as it was stored first: sent again it may have been decided otherwise, and a device may have used
    its id for another scan.
    """
    rows = [passage_row(passage) for passage in passages]
    stored = await deps.store.passages.add(rows)
    reused = [row for row in rows if not same_scan(stored[row["_id"]], row)]
    if reused:
        await _keep_apart(deps, reused)
    await deps.store.presence.note(stored.values())
    await _raise_new(deps, _alerts(deps, stored.values()), passages)


async def _keep_apart(deps: Deps, reused: Sequence[Document]) -> None:
    """Keep other scans with an id that is taken where an operator finds them: they are no passages of that id."""
    new = await deps.store.passages.add_reused(reused)
    metrics.SCAN_IDS_REUSED.inc(new)
    devices = sorted({row["device_id"] for row in reused})
    logger.warning("scan ids were used twice", extra={"scans": len(reused), "devices": devices[:10]})


def _alerts(deps: Deps, rows: Iterable[Document]) -> dict[str, Document]:
    """Return the alerts that the passages raise, by id; of those that are the same one, the first."""
    alerts: dict[str, Document] = {}
    for row in rows:
        for rule in rules.alert_rules(row["reasons"]):
            alert = _alert(deps, row, rule)
            alerts.setdefault(alert["_id"], alert)
    return alerts


async def _raise_new(deps: Deps, alerts: dict[str, Document], passages: Sequence[PassageRecorded]) -> None:
    known = await deps.store.alerts.known(list(alerts))
    causes = {passage.scan_id: passage.meta.correlation_id for passage in passages}
    new: dict[str, list[Document]] = {}
    for identity, alert in alerts.items():
        if identity not in known:
            new.setdefault(causes[alert["scan_id"]], []).append(alert)
    for cause, group in new.items():  # what one unit of work says has one correlation id
        correlation_id.set(cause)
        await _raise(deps, group)


@retry_conflicts
async def _raise(deps: Deps, alerts: Sequence[Document]) -> None:
    async with deps.unit_of_work() as work:
        known = await deps.store.alerts.known([alert["_id"] for alert in alerts], work)
        new = [alert for alert in alerts if alert["_id"] not in known]
        await deps.store.alerts.insert(new, work)
        work.emit(*[AlertRaised.model_validate(alert | {"alert_id": alert["_id"]}) for alert in new])


def _alert(deps: Deps, row: Document, rule: AlertRule) -> Document:
    resident_id = row["resident_id"]
    subject = rules.alert_subject(rule, resident_id, row["_id"], row["gate_id"])
    return {
        "_id": derived_id("alert", *rules.episode(rule, subject, row["at"], deps.zone)),
        "subject": subject,
        "rule": rule.value,
        "resident_id": resident_id,
        "scan_id": row["_id"],
        "gate_id": row["gate_id"],
        "area_path": row["area_path"],
        "home_path": _home(deps, resident_id) if resident_id else None,
        "at": row["at"],
        "temperature_c": row["temperature_c"],
    }


def _home(deps: Deps, resident_id: str) -> str | None:
    """Return where the resident lives. Raises `NotYet` while that is still being read: an alert is raised once."""
    home = deps.known.credentials.home(resident_id)
    if home is None and not deps.known.credentials.replica.ready:
        raise NotYet("where residents live has not been read yet")
    return home
