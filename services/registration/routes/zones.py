"""Zones over HTTP: proposed, ordered by a second person, lifted by a checklist and a chain of approvals."""

from typing import Annotated

from fastapi import Path as PathParameter

from services.registration.domain import zone_policies, zones
from services.registration.domain.zones import StepKind, Zone
from services.registration.routes.callers import Office, Staff, Uses, listed_area
from services.registration.schemas.zones import (
    HitView,
    NoteBody,
    PlacesBody,
    StepView,
    TickView,
    ZoneBody,
    ZoneItem,
    ZoneView,
)
from services.registration.usecases import Deps
from services.registration.usecases import zones as usecases
from shared.events.registration_zones import ZoneKind, ZoneState
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page
from shared.web.step_up import Fresh

Item = Annotated[str, PathParameter(pattern=r"^[a-z][a-z_]{2,39}$")]

router = api_router("zones", about="Lockdown, control and prevention areas on the place tree, and how they are lifted.")


@router.post("/zones", status_code=201)
async def propose_zone(body: ZoneBody, deps: Uses, caller: Office, fresh: Fresh) -> ZoneView:
    """Propose a zone, by a fresh sign-in with a second factor; where it hits many households a second person orders it.

    By its policy every lockdown and control area takes two people. From its beginning on the gates act by it.
    """
    fresh.require()
    quota = (body.quota.persons, body.quota.days) if body.quota else None
    usecases.check_quota(body.kind, quota)
    stated = Zone(
        zone_id=body.zone_id,
        kind=body.kind,
        area_path="",
        paths=zones.outermost(body.paths),
        households=0,
        since=body.since,
        review_on=body.review_on,
        source=body.source,
        reason=body.reason,
        proposed_by=caller.subject,
        proposed_at=deps.clock.now(),
        quota=quota,
    )
    return await _view(deps, await usecases.propose(deps, caller, stated))


@router.post("/zones/households")
async def count_zone_households(body: PlacesBody, deps: Uses, caller: Office) -> HitView:
    """Count the households that a zone of these places would hit, before it is proposed."""
    households = await usecases.count_households(deps, caller, body.paths)
    two_from = {kind: zone_policies.policy_at(kind, deps.today).two_from for kind in ZoneKind}
    takes_two = {kind.value: households >= least for kind, least in two_from.items()}
    return HitView(paths=list(zones.outermost(body.paths)), households=households, takes_two=takes_two)


@router.get("/zones")
async def list_zones(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    state: ZoneState | None = None,
    kind: ZoneKind | None = None,
    within: MaybePath = "",
) -> Page[ZoneItem]:
    """List the zones within an area path, by default the caller's own, a page at a time; past ones too."""
    path = listed_area(caller, within)
    stored, following = await deps.store.zones.page(path, state, kind, listing.after, listing.limit)
    return listing.page((ZoneItem.of(one, review_due=_review_due(deps, one)) for one in stored), following)


@router.get("/zones/{zone_id}")
async def show_zone(zone_id: Id, deps: Uses, caller: Staff) -> ZoneView:
    """Show a zone: its rules by date, its checklist, and who acts next on its lifting."""
    return await _view(deps, await usecases.visible(deps, caller, zone_id))


@router.post("/zones/{zone_id}/approve")
async def approve_zone(zone_id: Id, deps: Uses, caller: Office, fresh: Fresh) -> ZoneView:
    """Order a zone that another official proposed, by a fresh sign-in with a second factor."""
    fresh.require()
    return await _view(deps, await usecases.approve(deps, caller, zone_id))


@router.post("/zones/{zone_id}/reject")
async def reject_zone(zone_id: Id, body: NoteBody, deps: Uses, caller: Office) -> ZoneView:
    """Refuse a proposed zone, or withdraw one's own."""
    return await _view(deps, await usecases.reject(deps, caller, zone_id, body.reason))


@router.post("/zones/{zone_id}/checklist/{item}")
async def tick_item(zone_id: Id, item: Item, body: NoteBody, deps: Uses, caller: Office) -> ZoneView:
    """Tick an item of the checklist, with a note on what was looked at."""
    return await _view(deps, await usecases.tick(deps, caller, zone_id, item, body.reason))


@router.post("/zones/{zone_id}/lift")
async def ask_lift(zone_id: Id, body: NoteBody, deps: Uses, caller: Office) -> ZoneView:
    """Ask for the lifting, as an official of the first level of the chain, once the checklist is done."""
    return await _step(deps, caller, zone_id, StepKind.ASKED, body)


@router.post("/zones/{zone_id}/lift/approve")
async def approve_lift(zone_id: Id, body: NoteBody, deps: Uses, caller: Office, fresh: Fresh) -> ZoneView:
    """Approve the lifting at the next level, by a fresh sign-in with a second factor; the last level lifts the zone."""
    fresh.require()
    return await _step(deps, caller, zone_id, StepKind.AGREED, body)


@router.post("/zones/{zone_id}/lift/refuse")
async def refuse_lift(zone_id: Id, body: NoteBody, deps: Uses, caller: Office) -> ZoneView:
    """Refuse the lifting for a reason, at the next level; the zone stays in force, its checklist is ticked anew."""
    return await _step(deps, caller, zone_id, StepKind.REFUSED, body)


async def _step(deps: Deps, caller: Office, zone_id: str, kind: StepKind, body: NoteBody) -> ZoneView:
    return await _view(deps, await usecases.take_step(deps, caller, zone_id, kind, body.reason))


def _review_due(deps: Deps, zone: Zone) -> bool:
    return zone.state in (ZoneState.IN_FORCE, ZoneState.LIFT_ASKED) and zone.review_on <= deps.today


async def _view(deps: Deps, zone: Zone) -> ZoneView:
    chain = await usecases.chain_of(deps, zone)
    ticked = {one.item: one for one in zone.ticks}
    checklist = [
        TickView.of(ticked[item]) if item in ticked else TickView(item=item)
        for item in usecases.policy_of(deps, zone).checklist
    ]
    return ZoneView.of(
        zone,
        review_due=_review_due(deps, zone),
        rules=usecases.rules_of(deps, zone),
        checklist=checklist,
        steps=[StepView.of(one) for one in zone.steps],
        chain=chain,
        next_level=zones.next_level(zone, chain),
        soonest_lift=usecases.soonest_lift(deps, zone),
    )
