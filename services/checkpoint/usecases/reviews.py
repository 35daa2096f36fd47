"""Reviews: what came of an alert, and whether a gate was right to override its verdict (R2.9, R2.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.checkpoint.domain import reviews as rules
from services.checkpoint.domain.alerts import Alert
from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.domain.reviews import AlertOutcome, Override, OverrideOutcome, Review
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.alerts import Correlations
from shared.base.errors import Conflict, NotFound
from shared.base.ids import derived_id
from shared.base.persons import same_person
from shared.events.checkpoint import AlertReviewed, OverrideRecorded
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


async def visible(deps: Deps, caller: Principal, alert_id: str, work: UnitOfWork | None = None) -> Alert:
    """Return an alert at a gate in the caller's area. Raises `NotFound`."""
    alert = await deps.store.alerts.get(alert_id, work)
    if alert is None or not caller.sees(alert.area_path):
        raise NotFound("checkpoint.no_such_alert", "The alert was not found in your area")
    return alert


@retry_conflicts
async def review_alert(deps: Deps, caller: Principal, alert_id: str, outcome: AlertOutcome, note: str) -> Alert:
    """Store what came of an alert (R2.9); the same again changes nothing, another review joins its history."""
    review = Review(caller.subject, outcome.value, note, deps.clock.now())
    async with deps.unit_of_work() as work:
        alert = await visible(deps, caller, alert_id, work)
        await _require_stranger(deps, caller, alert.resident_id)
        if rules.repeats(alert.reviews, review):
            return alert
        await deps.store.alerts.add_review(alert_id, review, work)
        work.emit(_reviewed(alert_id, alert, review))
    return replace(alert, open=False, reviews=(*alert.reviews, review))


@retry_conflicts
async def review_override(
    deps: Deps, caller: Principal, override_id: str, outcome: OverrideOutcome, note: str
) -> Override:
    """Store whether an override was justified (R2.4). Raises `Conflict` for the officer who made it."""
    review = Review(caller.subject, outcome.value, note, deps.clock.now())
    async with deps.unit_of_work() as work:
        override = await visible_override(deps, caller, override_id, work)
        await _require_stranger(deps, caller, override.resident_id)
        if same_person(override.device_id, caller.subject):
            text = "You let this person through yourself: have another officer review it"
            raise Conflict("checkpoint.own_override", text)
        if rules.repeats(override.reviews, review):
            return override
        await deps.store.overrides.add_review(override_id, review, work)
        work.emit(_reviewed(override_id, override, review))
    return replace(override, open=False, reviews=(*override.reviews, review))


async def visible_override(deps: Deps, caller: Principal, override_id: str, work: UnitOfWork | None = None) -> Override:
    """Return an override at a gate in the caller's area. Raises `NotFound`."""
    override = await deps.store.overrides.get(override_id, work)
    if override is None or not caller.sees(override.area_path):
        raise NotFound("checkpoint.no_such_override", "The override was not found in your area")
    return override


async def _require_stranger(deps: Deps, caller: Principal, resident_id: str | None) -> None:
    if resident_id:
        residents = deps.known.credentials
        own = await own_of(residents, caller)
        own.require_stranger(resident_id, residents.home(resident_id), residents.keeper(resident_id))


def _reviewed(identity: str, reviewed: Alert | Override, review: Review) -> AlertReviewed:
    return AlertReviewed.of(review, alert_id=identity, subject=reviewed.subject, area_path=reviewed.area_path)


async def record_overrides(deps: Deps, passages: Iterable[StoredPassage], correlations: Correlations) -> None:
    """Keep each scan that a gate let through all the same for an officer's review, once (R2.4).

    Those on board a vehicle came through with it: the vehicle's own passage stands for them.
    """
    made = [_override(one, one.override) for one in passages if one.override and not one.vehicle_scan_id]
    known = await deps.store.overrides.known_ids([one.override_id for one in made]) if made else set()
    if new := [one for one in made if one.override_id not in known]:
        await _record(deps, new, correlations)


@retry_conflicts
async def _record(deps: Deps, overrides: Sequence[Override], correlations: Correlations) -> None:
    async with deps.unit_of_work() as work:
        known = await deps.store.overrides.known_ids([one.override_id for one in overrides], work)
        new = {one.override_id: one for one in overrides if one.override_id not in known}
        await deps.store.overrides.insert(list(new.values()), work)
        for override in new.values():
            correlation = correlations.get(override.scan_id, override.scan_id)
            work.emit(OverrideRecorded.of(override), correlation=correlation)


def _override(passage: StoredPassage, reason: str) -> Override:
    return Override(
        override_id=derived_id("override", passage.scan_id),
        scan_id=passage.scan_id,
        reason=reason,
        subject=passage.subject,
        gate_id=passage.gate_id,
        area_path=passage.area_path,
        device_id=passage.device_id,
        resident_id=passage.resident_id,
        at=passage.at,
    )
