"""Moves, merges and splits of places over HTTP, and the tree as it was on a day."""

from services.registration.domain.place_moves import PlaceMove
from services.registration.routes.callers import AnyCaller, Office, Uses, listed_area
from services.registration.schemas.place_moves import (
    MoveDecisionBody,
    PlaceMoveBody,
    PlaceMoveView,
    PlaceThenView,
    move_view,
)
from services.registration.usecases import Deps, place_moves, tree_then
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page
from shared.web.times import Day

router = api_router("place-moves", about="Moves, merges and splits of the place tree, and the tree as of a day.")


@router.post("/place-moves", status_code=201)
async def propose_move(body: PlaceMoveBody, deps: Uses, caller: Office) -> PlaceMoveView:
    """Propose that places move, are merged or split; the answer counts what it would touch. A second person approves.

    It is refused for a place that would come into its own subtree, for levels that do not fit, for closed places, for
    paths at which something lies, and while places there are moving.
    """
    stated = PlaceMove(
        move_id=body.move_id,
        kind=body.kind,
        sources=tuple(dict.fromkeys(body.sources)),
        target=body.target,
        area_path="",
        proposed_by=caller.subject,
        proposed_at=deps.clock.now().replace(microsecond=0),
        reason=body.reason,
        name=body.name,
    )
    return await _view(deps, await place_moves.propose(deps, caller, stated))


@router.get("/place-moves")
async def list_moves(deps: Uses, caller: Office, listing: Listed, within: MaybePath = "") -> Page[PlaceMoveView]:
    """List the moves within an area, by default the caller's own, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.place_moves.page(path, listing.after, listing.limit)
    return listing.page([await _view(deps, one) for one in stored], following)


@router.get("/place-moves/{move_id}")
async def show_move(move_id: Id, deps: Uses, caller: Office) -> PlaceMoveView:
    """Show a move and how far it is."""
    return await _view(deps, await place_moves.visible(deps, caller, move_id))


@router.post("/place-moves/{move_id}/approve")
async def approve_move(move_id: Id, deps: Uses, caller: Office) -> PlaceMoveView:
    """Let a move begin, as another person than the one who proposed it; it is carried out by steps, and resumed."""
    return await _view(deps, await place_moves.approve(deps, caller, move_id))


@router.post("/place-moves/{move_id}/reject")
async def reject_move(move_id: Id, body: MoveDecisionBody, deps: Uses, caller: Office) -> PlaceMoveView:
    """Refuse a proposed move, or withdraw one's own."""
    return await _view(deps, await place_moves.reject(deps, caller, move_id, body.reason))


@router.get("/places/then")
async def list_places_then(
    deps: Uses, caller: AnyCaller, listing: Listed, day: Day, within: MaybePath = ""
) -> Page[PlaceThenView]:
    """List the places at and below a path as they were on a day, before later moves, a page at a time."""
    path = listed_area(caller, within)
    places, following = await tree_then.page(deps, path, day, listing.after, listing.limit)
    return listing.page([PlaceThenView.of(one) for one in places], following)


async def _view(deps: Deps, move: PlaceMove) -> PlaceMoveView:
    return move_view(move, await deps.store.place_moves.moved(move.move_id))
