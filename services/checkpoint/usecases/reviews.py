"""Reviews: what came of an alert, and whether a gate was right to override its verdict (R2.9, R2.4)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.checkpoint import metrics
from services.checkpoint.domain import reviews as rules
from services.checkpoint.domain.reviews import AlertOutcome, OverrideOutcome
from services.checkpoint.store.reviews import Reviewed
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.alerts import Correlations
from shared.base.errors import Conflict, NotFound
from shared.base.ids import derived_id
from shared.events.checkpoint import AlertReviewed, OverrideRecorded
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

TELL_EVERY = timedelta(minutes=1)


@retry_conflicts
async def review_alert(deps: Deps, caller: Principal, alert_id: str, outcome: AlertOutcome, note: str) -> Document:
    """Say what came of an alert (R2.9); the same again changes nothing, another one joins its history."""
    async with deps.unit_of_work() as work:
        alert = await _visible(deps, caller, "alerts", alert_id, work)
        return await _review(deps, caller, "alerts", alert, outcome, note, work)


@retry_conflicts
async def review_override(
    deps: Deps, caller: Principal, override_id: str, outcome: OverrideOutcome, note: str
) -> Document:
    """Say whether an override was justified (R2.4). Raises `Conflict` for whoever made it: another one reviews it."""
    async with deps.unit_of_work() as work:
        override = await _visible(deps, caller, "overrides", override_id, work)
        if override["device_id"] == caller.subject:
            text = "You let this person through yourself: have another officer review it"
            raise Conflict("checkpoint.own_override", text)
        return await _review(deps, caller, "overrides", override, outcome, note, work)


async def _visible(deps: Deps, caller: Principal, kind: Reviewed, identity: str, work: UnitOfWork) -> Document:
    found = await deps.store.reviews.get(kind, identity, work)
    if found is None or not caller.sees(found["area_path"]):
        what = {"alerts": "alert", "overrides": "override"}[kind]
        raise NotFound(f"checkpoint.no_such_{what}", f"The {what} was not found in your area")
    return found


async def _review(
    deps: Deps,
    caller: Principal,
    kind: Reviewed,
    found: Document,
    outcome: AlertOutcome | OverrideOutcome,
    note: str,
    work: UnitOfWork,
) -> Document:
    history = found.get("reviews", [])
    if rules.is_said(history, caller.subject, outcome.value, note):
        return found
    review = {"officer": caller.subject, "outcome": outcome.value, "note": note, "at": deps.clock.now()}
    await deps.store.reviews.add(kind, found["_id"], review, work)
    work.emit(
        AlertReviewed(
            alert_id=found["_id"],
            subject=found["subject"],
            area_path=found["area_path"],
            officer=caller.subject,
            outcome=outcome.value,
            at=review["at"],
        )
    )
    return found | {"open": False, "reviews": [*history, review]}


async def note_overrides(deps: Deps, rows: Iterable[Document], correlations: Correlations) -> None:
    """Keep each scan that a gate let through all the same for an officer's review, once (R2.4).

    Those on board a vehicle came through with it: the vehicle's own passage stands for them.
    """
    made = [_override(row) for row in rows if row.get("override") and not row.get("vehicle_scan_id")]
    known = await deps.store.reviews.known_overrides([one["_id"] for one in made]) if made else set()
    if new := [one for one in made if one["_id"] not in known]:
        await _record(deps, new, correlations)
    await _tell_open(deps)


@retry_conflicts
async def _record(deps: Deps, overrides: Sequence[Document], correlations: Correlations) -> None:
    async with deps.unit_of_work() as work:
        known = await deps.store.reviews.known_overrides([one["_id"] for one in overrides], work)
        new = {one["_id"]: one for one in overrides if one["_id"] not in known}
        await deps.store.reviews.insert_overrides(new.values(), work)
        for identity, one in new.items():
            said = OverrideRecorded.model_validate(one | {"override_id": identity})
            work.emit(said, correlation=correlations.get(one["scan_id"], one["scan_id"]))


def _override(row: Document) -> Document:
    names = ("subject", "gate_id", "area_path", "device_id", "resident_id", "at")
    facts = {name: row[name] for name in names}
    identity = {"_id": derived_id("override", row["_id"]), "scan_id": row["_id"], "reason": row["override"]}
    return identity | facts | {"open": True, "reviews": []}


async def _tell_open(deps: Deps) -> None:
    """Tell operators how many overrides wait for a review, and how many for more than a day, once a minute."""
    now, told_at = deps.clock.now(), deps.told.overrides_at
    if told_at is not None and now - told_at < TELL_EVERY:
        return
    deps.told.overrides_at = now
    day_ago = now - rules.REVIEW_WITHIN
    metrics.OVERRIDES_OPEN.labels("true").set(await deps.store.reviews.count_open_overrides(None, day_ago))
    metrics.OVERRIDES_OPEN.labels("false").set(await deps.store.reviews.count_open_overrides(day_ago, None))
