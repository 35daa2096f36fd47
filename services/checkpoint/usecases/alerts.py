"""Alerts: raised once per subject, rule and day of the city (R2.9)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.checkpoint.domain import alerts as rules
from services.checkpoint.domain.presence import Row
from services.checkpoint.usecases import Deps
from shared.base.errors import NotYet
from shared.base.ids import derived_id
from shared.events.checkpoint import AlertRaised, AlertRule
from shared.store.mongo import Document
from shared.store.unit_of_work import retry_conflicts

Correlations = Mapping[str, str]  # of the requests that the scans came with, by scan id


class Broken(NamedTuple):
    """A rule, and the passage that breaks it."""

    rule: AlertRule
    row: Row
    detail: str | None = None


def by_reasons(rows: Iterable[Document]) -> list[Broken]:
    """Return which rules the passages break by what was decided on them."""
    return [Broken(rule, row) for row in rows for rule in rules.alert_rules(row["reasons"], row["credential_kind"])]


def by_resident(rows: Iterable[Document]) -> dict[str, list[Document]]:
    """Return the passages of residents, each one's by time."""
    found: dict[str, list[Document]] = {}
    for row in sorted(rows, key=lambda row: row["at"]):
        if row["resident_id"]:
            found.setdefault(row["resident_id"], []).append(row)
    return found


async def raise_new(deps: Deps, broken: Iterable[Broken], correlations: Correlations) -> None:
    """Raise the alerts that have not been raised yet; of passages that are the same alert, for the first."""
    alerts: dict[str, Document] = {}
    for one in broken:
        identity = _identity(deps, one)
        if identity not in alerts:
            alerts[identity] = _alert(deps, identity, one)
    known = await deps.store.alerts.known(list(alerts))
    new = [alert for identity, alert in alerts.items() if identity not in known]
    if new:
        await _raise(deps, new, correlations)


@retry_conflicts
async def _raise(deps: Deps, alerts: Sequence[Document], correlations: Correlations) -> None:
    async with deps.unit_of_work() as work:
        known = await deps.store.alerts.known([alert["_id"] for alert in alerts], work)
        new = [alert for alert in alerts if alert["_id"] not in known]
        await deps.store.alerts.insert(new, work)
        for alert in new:
            said = AlertRaised.model_validate(alert | {"alert_id": alert["_id"]})
            work.emit(said, correlation=correlations.get(alert["scan_id"], alert["scan_id"]))


def _subject(one: Broken) -> str:
    row = one.row
    return rules.alert_subject(one.rule, row["resident_id"], row["_id"], row["gate_id"])


def _identity(deps: Deps, one: Broken) -> str:
    return derived_id("alert", *rules.episode(one.rule, _subject(one), one.row["at"], deps.zone))


def _alert(deps: Deps, identity: str, one: Broken) -> Document:
    row = one.row
    return {
        "_id": identity,
        "subject": _subject(one),
        "rule": one.rule.value,
        "resident_id": row["resident_id"],
        "scan_id": row["_id"],
        "gate_id": row["gate_id"],
        "area_path": row["area_path"],
        "home_path": _home(deps, row["resident_id"]) if row["resident_id"] else None,
        "at": row["at"],
        "temperature_c": row["temperature_c"],
        "detail": one.detail,
    }


def _home(deps: Deps, resident_id: str) -> str | None:
    """Return where the resident lives. Raises `NotYet` while that is still being read: an alert is raised once."""
    home = deps.known.credentials.home(resident_id)
    if home is None and not deps.known.credentials.ready:
        raise NotYet("where residents live has not been read yet")
    return home
