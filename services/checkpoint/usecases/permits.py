"""Permits: granted once, published for the gates, and withdrawn (R2.5, R2.10)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import NamedTuple

from services.checkpoint.domain.permit import Permit, Visitor, Withdrawal
from services.checkpoint.usecases import Deps
from shared.base.errors import Conflict, NotFound
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import PermitChanged, PermitKind
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


class Entrance(NamedTuple):
    """Where a permit holds: at a checkpoint, or anywhere within the area path."""

    area_path: str
    checkpoint_id: str | None


@retry_conflicts
async def withdraw(deps: Deps, caller: Principal, permit_id: str, reason: str) -> Permit:
    """Withdraw a permit, by whichever credential it is known; withdrawing again gives the same answer."""
    async with deps.unit_of_work() as work:
        permit = await visible_permit(deps, caller, permit_id, work)
        if permit.withdrawn:
            return permit
        permit = withdrawn(deps, caller, permit, reason)
        await publish(deps, [permit], [permit.permit_id], work)
    return permit


async def visible_permit(deps: Deps, caller: Principal, permit_id: str, work: UnitOfWork | None = None) -> Permit:
    """Return a permit in the caller's area, by any of the ids that gates know it by. Raises `NotFound`."""
    permit = await deps.store.permits.get(permit_id, work)
    if permit is None or not caller.sees(permit.area_path):
        raise NotFound("checkpoint.no_such_permit", "The permit was not found in your area")
    return permit


async def granted(deps: Deps, asked: Visitor, work: UnitOfWork) -> Permit | None:
    """Return the permit where it was granted already. Raises `Conflict` when its id stands for another."""
    old = await deps.store.permits.get(asked.permit_id, work)
    if old and old.asked != fingerprint(deps, asked):
        raise Conflict("checkpoint.permit_taken", "That permit_id stands for another permit: make a new one")
    return old


def fingerprint(deps: Deps, asked: Visitor) -> str:
    """Return by what the same request is known again, without keeping its content."""
    return keyed_hash(deps.id_hash_key, "asked", json.dumps(asdict(asked), default=str, ensure_ascii=False))


def new_permit(
    deps: Deps,
    caller: Principal,
    kind: PermitKind,
    permit_id: str,
    where: Entrance,
    since: datetime,
    until: datetime,
) -> Permit:
    """Return what every permit has when it is granted."""
    return Permit(
        permit_id=permit_id,
        known_as=(permit_id,),
        kind=kind,
        area_path=where.area_path,
        checkpoint_id=where.checkpoint_id,
        since=since,
        until=until,
        ends_at=until,
        granted_by=caller.subject,
        granted_at=deps.clock.now(),
    )


def withdrawn(deps: Deps, caller: Principal, permit: Permit, reason: str) -> Permit:
    """Return the permit as it is once withdrawn."""
    now = deps.clock.now()
    return replace(permit, withdrawn=Withdrawal(caller.subject, now, reason), ends_at=min(now, permit.ends_at))


async def publish(deps: Deps, permits: Sequence[Permit], known: Sequence[str], work: UnitOfWork) -> None:
    """Store permits, of which those in `known` are stored already, and publish them for the gates."""
    await deps.store.permits.put(permits, known, work)
    for permit in permits:
        work.emit(*changed(permit))


def changed(permit: Permit) -> list[PermitChanged]:
    """Return the events of a permit: one for each credential, or one for the resident."""
    is_withdrawn = permit.withdrawn is not None
    return [
        PermitChanged.of(permit, permit_id=permit_id, shown_hash=credential_hash, withdrawn=is_withdrawn)
        for permit_id, credential_hash in zip(permit.known_as, permit.shown or (None,), strict=True)
    ]
