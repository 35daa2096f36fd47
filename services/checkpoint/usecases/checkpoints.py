"""Checkpoints and the dated policies that hold there (R2.1)."""

from collections.abc import Iterable
from datetime import datetime

from services.checkpoint.domain import policy as rules
from services.checkpoint.usecases import Deps
from shared.base.errors import Conflict, NotFound
from shared.events.checkpoint import CheckpointDefined, CheckpointKind, Policy
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


async def visible(deps: Deps, caller: Principal, checkpoint_id: str, work: UnitOfWork | None = None) -> Document:
    """Return a checkpoint in the caller's area. Raises `NotFound`."""
    found = await deps.store.checkpoints.get(checkpoint_id, work)
    if found is None or not caller.sees(found["area_path"]):
        raise NotFound("checkpoint.no_such_checkpoint", f"The checkpoint {checkpoint_id} was not found in your area")
    return found


@retry_conflicts
async def define(
    deps: Deps, caller: Principal, checkpoint_id: str, name: str, kind: CheckpointKind, area_path: str
) -> Document:
    """Define a checkpoint, or change its name or kind; the same again changes nothing."""
    caller.require_area(area_path, f"the place {area_path}")
    async with deps.unit_of_work() as work:
        old = await deps.store.checkpoints.get(checkpoint_id, work) or {"_id": checkpoint_id, "policies": []}
        if old.get("area_path", area_path) != area_path:
            text = f"A checkpoint does not move, and the id {checkpoint_id} is taken at another place: choose another"
            raise Conflict("checkpoint.checkpoint_taken", text)
        new = old | {"name": name, "kind": kind.value, "area_path": area_path}
        if new != old:
            await _keep(deps, new, work)
            said = {"name": name, "kind": kind.value, "at": deps.clock.now(), "reason": ""}
            await deps.store.checkpoints.note(checkpoint_id, "defined", caller.subject, said, work)
    return new


@retry_conflicts
async def state_policy(deps: Deps, caller: Principal, checkpoint_id: str, policy: Policy, reason: str) -> Document:
    """State what holds at a checkpoint from the policy's `since` on; the same again changes nothing.

    Raises `Conflict` where another policy has begun then already: what has held is never rewritten.
    """
    rules.check(policy)
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        checkpoint = await visible(deps, caller, checkpoint_id, work)
        rows: dict[datetime, Document] = {row["since"]: row for row in checkpoint["policies"]}
        old = rows.get(policy.since)
        if old and Policy.model_validate(old) == policy:
            return old
        if old:
            rules.check_change(policy.since, now)
        rules.check_begin(policy.since, now)
        row = policy.model_dump(mode="json") | {"since": policy.since}
        row |= {"stated_by": caller.subject, "stated_at": now, "reason": reason}
        await _change(deps, checkpoint, (rows | {policy.since: row}).values(), now, work)
        said = {"since": policy.since, "policy": row, "at": now, "reason": reason}
        await deps.store.checkpoints.note(checkpoint_id, "policy_stated", caller.subject, said, work)
    return row


@retry_conflicts
async def withdraw_policy(deps: Deps, caller: Principal, checkpoint_id: str, since: datetime, reason: str) -> None:
    """Withdraw a policy that has not begun; one that is not there is withdrawn already."""
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        checkpoint = await visible(deps, caller, checkpoint_id, work)
        left = [row for row in checkpoint["policies"] if row["since"] != since]
        if len(left) == len(checkpoint["policies"]):
            return
        rules.check_change(since, now)
        await _change(deps, checkpoint, left, now, work)
        said = {"since": since, "at": now, "reason": reason}
        await deps.store.checkpoints.note(checkpoint_id, "policy_withdrawn", caller.subject, said, work)


async def _change(deps: Deps, checkpoint: Document, rows: Iterable[Document], now: datetime, work: UnitOfWork) -> None:
    """Store the policies that gates must know; those that are over stay in the trail alone."""
    by_begin = {row["since"]: row for row in rows}
    told = rules.told([Policy.model_validate(row) for row in by_begin.values()], now)
    await _keep(deps, checkpoint | {"policies": [by_begin[policy.since] for policy in told]}, work)


async def _keep(deps: Deps, checkpoint: Document, work: UnitOfWork) -> None:
    await deps.store.checkpoints.put(checkpoint, work)
    work.emit(CheckpointDefined.model_validate(checkpoint | {"checkpoint_id": checkpoint["_id"]}))
