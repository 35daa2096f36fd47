"""Checkpoints and the dated policies that hold there (R2.1)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.checkpoint.domain import policy as rules
from services.checkpoint.domain.checkpoint import Checkpoint, StatedPolicy, TrailLine
from services.checkpoint.usecases import Deps
from shared.base.errors import Conflict, NotFound
from shared.base.ids import new_id
from shared.base.impersonal import require_impersonal
from shared.events.checkpoint import CheckpointDefined, CheckpointKind, Policy
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


async def visible(deps: Deps, caller: Principal, checkpoint_id: str, work: UnitOfWork | None = None) -> Checkpoint:
    """Return a checkpoint in the caller's area. Raises `NotFound`."""
    checkpoint = await deps.store.checkpoints.get(checkpoint_id, work)
    if checkpoint is None or not caller.sees(checkpoint.area_path):
        raise NotFound("checkpoint.no_such_checkpoint", f"The checkpoint {checkpoint_id} was not found in your area")
    return checkpoint


@retry_conflicts
async def define(
    deps: Deps, caller: Principal, checkpoint_id: str, name: str, kind: CheckpointKind, area_path: str
) -> Checkpoint:
    """Define a checkpoint, or change its name or kind; the same again changes nothing."""
    caller.require_area(area_path, f"the place {area_path}")
    async with deps.unit_of_work() as work:
        old = await deps.store.checkpoints.get(checkpoint_id, work)
        if old and old.area_path != area_path:
            text = f"A checkpoint does not move, and the id {checkpoint_id} is taken at another place: choose another"
            raise Conflict("checkpoint.checkpoint_taken", text)
        new = Checkpoint(checkpoint_id, name, kind, area_path, old.policies if old else ())
        if new != old:
            await _keep(deps, new, work)
            line = _line(deps, caller, checkpoint_id, "defined", "")
            await deps.store.checkpoints.add_line(replace(line, name=name, kind=kind), work)
    return new


@retry_conflicts
async def state_policy(deps: Deps, caller: Principal, checkpoint_id: str, policy: Policy, reason: str) -> StatedPolicy:
    """State what holds at a checkpoint from the policy's `since` on; the same again changes nothing.

    Raises `Conflict` where another policy has begun then already: what has held is never rewritten.
    """
    rules.check(policy)
    require_impersonal(reason, "reason")
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        checkpoint = await visible(deps, caller, checkpoint_id, work)
        by_begin = {one.since: one for one in checkpoint.policies}
        old = by_begin.get(policy.since)
        if old and old.public == policy:
            return old
        if old:
            rules.check_change(policy.since, now)
        rules.check_begin(policy.since, now)
        new = StatedPolicy(**policy.model_dump(), stated_by=caller.subject, stated_at=now, reason=reason)
        await _change(deps, checkpoint, (by_begin | {policy.since: new}).values(), now, work)
        line = _line(deps, caller, checkpoint_id, "policy_stated", reason)
        await deps.store.checkpoints.add_line(replace(line, since=policy.since, policy=new), work)
    return new


@retry_conflicts
async def withdraw_policy(deps: Deps, caller: Principal, checkpoint_id: str, since: datetime, reason: str) -> None:
    """Withdraw a policy that has not begun; a policy that is not there is withdrawn already."""
    require_impersonal(reason, "reason")
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        checkpoint = await visible(deps, caller, checkpoint_id, work)
        left = [policy for policy in checkpoint.policies if policy.since != since]
        if len(left) == len(checkpoint.policies):
            return
        rules.check_change(since, now)
        await _change(deps, checkpoint, left, now, work)
        line = _line(deps, caller, checkpoint_id, "policy_withdrawn", reason)
        await deps.store.checkpoints.add_line(replace(line, since=since), work)


def _line(deps: Deps, caller: Principal, checkpoint_id: str, what: str, reason: str) -> TrailLine:
    return TrailLine(new_id(), checkpoint_id, what, caller.subject, deps.clock.now(), reason)


async def _change(
    deps: Deps, checkpoint: Checkpoint, policies: Iterable[StatedPolicy], now: datetime, work: UnitOfWork
) -> None:
    """Store the policies that gates must know; those that are over stay in the trail alone."""
    await _keep(deps, replace(checkpoint, policies=rules.needed(tuple(policies), now)), work)


async def _keep(deps: Deps, checkpoint: Checkpoint, work: UnitOfWork) -> None:
    await deps.store.checkpoints.put(checkpoint, work)
    work.emit(CheckpointDefined.of(checkpoint, policies=checkpoint.public_policies))
