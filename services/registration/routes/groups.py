"""Leading groups (领导小组) over HTTP."""

from services.registration.domain.groups import LeadingGroup, Seat
from services.registration.routes.callers import FileReader, Office, Uses, listed_area
from services.registration.schemas.groups import (
    DissolutionBody,
    GroupBody,
    GroupMembersBody,
    GroupView,
    KnownGroupKind,
    group_view,
)
from services.registration.usecases import Deps, groups
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page
from shared.web.times import Day

router = api_router("leading-groups", about="The command structure: leading groups (领导小组) of places.")


@router.post("/leading-groups", status_code=201)
async def form_group(body: GroupBody, deps: Uses, caller: Office) -> GroupView:
    """Form a leading group for a place, with its members from a day on (R1.2)."""
    stated = groups.Formed(body.group_id, body.area_path, body.kind, body.name, _seats(body))
    return await _view(deps, await groups.form(deps, caller, stated, body.since or deps.today, body.reason))


@router.get("/leading-groups")
async def list_groups(
    deps: Uses,
    caller: FileReader,
    listing: Listed,
    within: MaybePath = "",
    kind: KnownGroupKind | None = None,
    dissolved: bool = False,
    day: Day | None = None,
) -> Page[GroupView]:
    """List the leading groups of an area, by default the caller's own, with the members of a day, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.groups.page(path, kind, dissolved, listing.after, listing.limit)
    known = await groups.staff_of(deps, stored)
    return listing.page([group_view(one, day or deps.today, known) for one in stored], following)


@router.get("/leading-groups/{group_id}")
async def show_group(group_id: Id, deps: Uses, caller: FileReader, day: Day | None = None) -> GroupView:
    """Show a leading group as it was on a day, by default today, and every change of it."""
    return await _view(deps, await groups.visible(deps, caller, group_id), day)


@router.put("/leading-groups/{group_id}/members")
async def seat_members(group_id: Id, body: GroupMembersBody, deps: Uses, caller: Office) -> GroupView:
    """State the members of a group from a day on: who goes stays with the dates. The same again changes nothing."""
    since = body.since or deps.today
    return await _view(deps, await groups.seat(deps, caller, group_id, _seats(body), since, body.reason))


@router.post("/leading-groups/{group_id}/dissolution")
async def dissolve_group(group_id: Id, body: DissolutionBody, deps: Uses, caller: Office) -> GroupView:
    """Dissolve a group from a day on; its record stays. Again, it changes nothing."""
    return await _view(deps, await groups.dissolve(deps, caller, group_id, body.day or deps.today, body.reason))


def _seats(body: GroupMembersBody) -> tuple[Seat, ...]:
    return tuple(Seat(one.person_id, one.duty) for one in body.members)


async def _view(deps: Deps, group: LeadingGroup, day: Day | None = None) -> GroupView:
    return group_view(group, day or deps.today, await groups.staff_of(deps, [group]))
