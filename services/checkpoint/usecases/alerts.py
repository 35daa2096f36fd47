"""Alerts: raised once per subject, rule and day of the city (R2.9)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.checkpoint.domain import alerts as rules
from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.usecases import Deps
from shared.base.errors import NotYet
from shared.base.ids import derived_id
from shared.events.checkpoint import AlertRaised, AlertRule
from shared.store.unit_of_work import retry_conflicts

Correlations = Mapping[str, str]  # of the requests that the scans came with, by scan id


class Broken(NamedTuple):
    """A rule, and the passage that breaks it."""

    rule: AlertRule
    passage: StoredPassage
    detail: str | None = None


def by_reasons(passages: Iterable[StoredPassage]) -> list[Broken]:
    """Return which rules the passages break by what was decided on them."""
    return [
        Broken(rule, passage)
        for passage in passages
        if passage.reasons
        for rule in rules.alert_rules(passage.reasons, passage.credential_kind, passage.mode)
    ]


def by_resident(passages: Iterable[StoredPassage]) -> dict[str, list[StoredPassage]]:
    """Return the passages of residents, each one's by time."""
    grouped: dict[str, list[StoredPassage]] = {}
    for passage in sorted(passages, key=lambda passage: passage.at):
        if passage.resident_id:
            grouped.setdefault(passage.resident_id, []).append(passage)
    return grouped


async def raise_new(deps: Deps, broken: Iterable[Broken], correlations: Correlations) -> None:
    """Raise the alerts that have not been raised yet; of passages that are the same alert, for the first."""
    alerts: dict[str, Alert] = {}
    for one in broken:
        identity = _identity(deps, one)
        if identity not in alerts:
            alerts[identity] = _alert(deps, identity, one)
    known = await deps.store.alerts.known_ids(list(alerts))
    new = [alert for identity, alert in alerts.items() if identity not in known]
    if new:
        await _raise(deps, new, correlations)


@retry_conflicts
async def _raise(deps: Deps, alerts: Sequence[Alert], correlations: Correlations) -> None:
    async with deps.unit_of_work() as work:
        known = await deps.store.alerts.known_ids([alert.alert_id for alert in alerts], work)
        new = [alert for alert in alerts if alert.alert_id not in known]
        await deps.store.alerts.insert(new, work)
        for alert in new:
            scan_id = alert.scan_id or ""
            work.emit(AlertRaised.of(alert), correlation=correlations.get(scan_id, scan_id))


def _subject(one: Broken) -> str:
    passage = one.passage
    return rules.alert_subject(one.rule, passage.resident_id, passage.scan_id, passage.gate_id, passage.device_id)


def _identity(deps: Deps, one: Broken) -> str:
    return derived_id("alert", *rules.episode(one.rule, _subject(one), one.passage.at, deps.zone))


def _alert(deps: Deps, identity: str, one: Broken) -> Alert:
    passage = one.passage
    resident_id = None if one.rule is AlertRule.PROBING else passage.resident_id
    return Alert(
        alert_id=identity,
        subject=_subject(one),
        rule=one.rule,
        gate_id=passage.gate_id,
        area_path=passage.area_path,
        at=passage.at,
        resident_id=resident_id,
        scan_id=passage.scan_id,
        device_id=passage.device_id if one.rule is AlertRule.PROBING else None,
        home_path=_home(deps, resident_id) if resident_id else None,
        temperature_c=passage.temperature_c,
        detail=one.detail,
    )


def _home(deps: Deps, resident_id: str) -> str | None:
    """Return where the resident lives. Raises `NotYet` while that is still being read: an alert is raised once."""
    home = deps.known.credentials.home(resident_id)
    if home is None and not deps.known.credentials.ready:
        raise NotYet("where residents live has not been read yet")
    return home
