"""Checkpoints and their policies over HTTP (R2.1)."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query

from services.checkpoint.domain.policy import plain_plate
from services.checkpoint.routes.callers import PAGE, Limit, Office, Staff, Uses, zoned
from services.checkpoint.schemas import checkpoints as schemas
from services.checkpoint.usecases import checkpoints
from shared.events.checkpoint import Policy
from shared.store.mongo import Document
from shared.web.http import api_router

router = api_router("checkpoints", "/v1/checkpoints")

CheckpointId = Annotated[str, Path(pattern=r"^[\w-]{1,64}$")]
Reason = Annotated[str, Query(min_length=2, max_length=200)]


@router.put("/{checkpoint_id}")
async def define_checkpoint(
    checkpoint_id: CheckpointId, body: schemas.CheckpointBody, deps: Uses, caller: Office
) -> schemas.CheckpointView:
    """Define a checkpoint (卡口), or change its name or kind (R2.1)."""
    return _checkpoint(await checkpoints.define(deps, caller, checkpoint_id, **body.model_dump()))


@router.get("")
async def list_checkpoints(deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE) -> schemas.CheckpointPage:
    """List the checkpoints in the caller's area, a page at a time."""
    found, following = await deps.store.checkpoints.within(caller.area, after, limit)
    return schemas.CheckpointPage(items=[_checkpoint(one) for one in found], next=following)


@router.get("/{checkpoint_id}/policies")
async def list_policies(checkpoint_id: CheckpointId, deps: Uses, caller: Staff) -> list[schemas.PolicyView]:
    """Show what holds at a checkpoint now, later, and held in the last 30 days, in the order of the beginnings."""
    found = await checkpoints.visible(deps, caller, checkpoint_id)
    return [schemas.PolicyView.model_validate(row) for row in found["policies"]]


@router.put("/{checkpoint_id}/policies/{since}")
async def state_policy(
    checkpoint_id: CheckpointId, since: datetime, body: schemas.PolicyBody, deps: Uses, caller: Office
) -> schemas.PolicyView:
    """State what holds at a checkpoint from `since` on, a time with its zone; whole seconds count (R2.1)."""
    stated = body.model_dump(exclude={"reason", "watched_plates"})
    plates = tuple(dict.fromkeys(map(plain_plate, body.watched_plates)))
    policy = Policy(since=_begin(since), watched_plates=plates, **stated)
    row = await checkpoints.state_policy(deps, caller, checkpoint_id, policy, body.reason)
    return schemas.PolicyView.model_validate(row)


@router.delete("/{checkpoint_id}/policies/{since}", status_code=204)
async def withdraw_policy(
    checkpoint_id: CheckpointId, since: datetime, reason: Reason, deps: Uses, caller: Office
) -> None:
    """Withdraw a policy that has not begun."""
    await checkpoints.withdraw_policy(deps, caller, checkpoint_id, _begin(since), reason.strip())


@router.get("/{checkpoint_id}/trail")
async def show_trail(
    checkpoint_id: CheckpointId, deps: Uses, caller: Staff, after: str = "", limit: Limit = PAGE
) -> schemas.TrailPage:
    """Show who defined the checkpoint and stated or withdrew its policies, when and why; of three years."""
    await checkpoints.visible(deps, caller, checkpoint_id)
    found = await deps.store.checkpoints.trail(checkpoint_id, after, limit)
    following = found[-1]["_id"] if len(found) == limit else None
    return schemas.TrailPage(items=[schemas.TrailLine.model_validate(line) for line in found], next=following)


def _checkpoint(found: Document) -> schemas.CheckpointView:
    return schemas.CheckpointView(
        checkpoint_id=found["_id"], name=found["name"], kind=found["kind"], area_path=found["area_path"]
    )


def _begin(since: datetime) -> datetime:
    return zoned(since).astimezone(UTC).replace(microsecond=0)
