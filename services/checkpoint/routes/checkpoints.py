"""Checkpoints and their policies over HTTP (R2.1)."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Header

from services.checkpoint.domain.checkpoint import Checkpoint
from services.checkpoint.routes.callers import Office, Staff, Uses, zoned
from services.checkpoint.schemas import checkpoints as schemas
from services.checkpoint.usecases import Deps, checkpoints
from shared.base.errors import Invalid
from shared.events.checkpoint import Policy
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import IN_HEADERS, api_router, words_of
from shared.web.ids import Code
from shared.web.pages import Listed, Listing, Page, listed
from shared.web.times import Instant

POLICIES, WATCHING = "policies", "rules at gates"  # the kind of readings: which plates are watched; the usual purpose

router = api_router(
    "checkpoints", "/v1/checkpoints", about="Checkpoints (卡口) and the policies that hold there from a time on."
)

CheckpointId = Code
Reason = Annotated[str, Header(alias=IN_HEADERS["reason"], max_length=2_000)]
REASON_LENGTHS = (2, 200)


@router.put("/{checkpoint_id}")
async def define_checkpoint(
    checkpoint_id: CheckpointId, body: schemas.CheckpointBody, deps: Uses, caller: Office
) -> schemas.CheckpointView:
    """Define a checkpoint (卡口), or change its name or kind (R2.1)."""
    checkpoint = await checkpoints.define(deps, caller, checkpoint_id, body.name, body.kind, body.area_path)
    return schemas.CheckpointView.model_validate(checkpoint)


@router.get("")
async def list_checkpoints(
    deps: Uses, caller: Staff, listing: Annotated[Listing, listed(searched="name")]
) -> Page[schemas.CheckpointView]:
    """List the checkpoints in the caller's area, a page at a time."""
    rows, following = await deps.store.checkpoints.within(caller.area, listing.q, listing.after, listing.limit)
    return listing.page(map(schemas.CheckpointView.model_validate, rows), following)


@router.get("/{checkpoint_id}")
async def show_checkpoint(checkpoint_id: CheckpointId, deps: Uses, caller: Staff) -> schemas.CheckpointView:
    """Show a checkpoint in the caller's area."""
    return schemas.CheckpointView.model_validate(await checkpoints.visible(deps, caller, checkpoint_id))


@router.get("/{checkpoint_id}/policies")
async def list_policies(
    checkpoint_id: CheckpointId,
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
) -> Page[schemas.PolicyView]:
    """Show what holds at a checkpoint now, later, and held in the last 30 days, in the order of the beginnings."""
    checkpoint = await _read(deps, caller, checkpoint_id, disclosures, purpose)
    page, following = listing.part(checkpoint.policies, lambda policy: policy.since.isoformat())
    return listing.page(map(schemas.PolicyView.model_validate, page), following)


@router.put("/{checkpoint_id}/policies/{since}")
async def state_policy(
    checkpoint_id: CheckpointId, since: Instant, body: schemas.PolicyBody, deps: Uses, caller: Office
) -> schemas.PolicyView:
    """State what holds at a checkpoint from `since` on, a time with its zone; whole seconds count (R2.1)."""
    stated = body.model_dump(exclude={"reason", "watched_plates"})
    plates = tuple(dict.fromkeys(body.watched_plates))
    policy = Policy(since=_begin(since), watched_plates=plates, **stated)
    new = await checkpoints.state_policy(deps, caller, checkpoint_id, policy, body.reason)
    return schemas.PolicyView.model_validate(new)


@router.delete("/{checkpoint_id}/policies/{since}", status_code=204)
async def withdraw_policy(
    checkpoint_id: CheckpointId, since: Instant, reason: Reason, deps: Uses, caller: Office
) -> None:
    """Withdraw a policy that has not begun."""
    await checkpoints.withdraw_policy(deps, caller, checkpoint_id, _begin(since), _stated(reason))


@router.get("/{checkpoint_id}/trail")
async def show_trail(
    checkpoint_id: CheckpointId,
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
) -> Page[schemas.TrailLine]:
    """Show who defined the checkpoint and stated or withdrew its policies, when and why; of three years."""
    await _read(deps, caller, checkpoint_id, disclosures, purpose)
    lines = await deps.store.checkpoints.trail(checkpoint_id, listing.after, listing.limit)
    following = lines[-1].line_id if len(lines) == listing.limit else None
    return listing.page(map(schemas.TrailLine.model_validate, lines), following)


def _stated(reason: str) -> str:
    shortest, longest = REASON_LENGTHS
    text = words_of(reason)
    if not shortest <= len(text) <= longest:
        advice = (
            f"State in the header {IN_HEADERS['reason']} why, in {shortest} to {longest} characters (UTF-8,"
            f" percent-encoded) · 请在请求头 {IN_HEADERS['reason']} 中说明理由, {shortest}~{longest} 字"
        )
        raise Invalid("request.reason_missing", advice, shortest=shortest, longest=longest)
    return text


def _begin(since: datetime) -> datetime:
    return zoned(since).astimezone(UTC).replace(microsecond=0)


async def _read(
    deps: Deps, caller: Principal, checkpoint_id: str, disclosures: Disclosures, purpose: Purpose
) -> Checkpoint:
    """Return a checkpoint that the caller may see, and record the reading: its policies name watched plates."""
    checkpoint = await checkpoints.visible(deps, caller, checkpoint_id)
    await disclosures.record(caller, POLICIES, checkpoint_id, checkpoint.area_path, purpose.usual(WATCHING))
    return checkpoint
