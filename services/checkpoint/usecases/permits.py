"""Permits: granted once, told to the gates, and withdrawn (R2.5, R2.10)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.checkpoint.domain import permit as rules
from services.checkpoint.domain.permit import ExitPermit, Visitor
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import PermitChanged, PermitKind
from shared.store.mongo import Document
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def permit_exit(deps: Deps, caller: Principal, asked: ExitPermit) -> Document:
    """Let a resident out of a closed place for a time (R2.1); the same again changes nothing."""
    async with deps.unit_of_work() as work:
        if old := await granted(deps, asked, work):
            return old
        path = await _place(deps, caller, asked, work)
        rules.check_exit(asked.since, asked.until, deps.clock.now())
        permit = new_permit(deps, caller, PermitKind.EXIT, asked.permit_id, path, asked.checkpoint_id) | {
            "resident_id": asked.resident_id,
            "reason": asked.reason.value,
            "since": asked.since,
            "until": asked.until,
            "ends_at": asked.until,
            "asked": fingerprint(deps, asked),
        }
        await tell(deps, [permit], (), work)
    return permit


async def _place(deps: Deps, caller: Principal, asked: ExitPermit, work: UnitOfWork) -> str:
    if (asked.area_path is None) == (asked.checkpoint_id is None):
        raise Invalid("checkpoint.place_missing", "Name either an area_path or a checkpoint_id")
    if asked.checkpoint_id:
        return str((await visible(deps, caller, asked.checkpoint_id, work))["area_path"])
    caller.require_area(asked.area_path or "", f"the place {asked.area_path}")
    return str(asked.area_path)


@retry_conflicts
async def withdraw(deps: Deps, caller: Principal, permit_id: str, reason: str) -> Document:
    """Withdraw a permit, whatever its holder shows; withdrawing again gives the same answer."""
    async with deps.unit_of_work() as work:
        permit = await visible_permit(deps, caller, permit_id, work)
        if permit["withdrawn"]:
            return permit
        permit = withdrawn(deps, caller, permit, reason)
        await tell(deps, [permit], [permit["_id"]], work)
    return permit


async def visible_permit(deps: Deps, caller: Principal, permit_id: str, work: UnitOfWork | None = None) -> Document:
    """Return a permit in the caller's area, by any of the ids that gates know it by. Raises `NotFound`."""
    permit = await deps.store.permits.get(permit_id, work)
    if permit is None or not caller.sees(permit["area_path"]):
        raise NotFound("checkpoint.no_such_permit", "The permit was not found in your area")
    return permit


async def granted(deps: Deps, asked: Visitor | ExitPermit, work: UnitOfWork) -> Document | None:
    """Return the permit where it was granted already. Raises `Conflict` when its id stands for another."""
    old = await deps.store.permits.get(asked.permit_id, work)
    if old and old.get("asked") != fingerprint(deps, asked):
        raise Conflict("checkpoint.permit_taken", "That permit_id stands for another permit: make a new one")
    return old


def fingerprint(deps: Deps, asked: Visitor | ExitPermit) -> str:
    """Return by what the same request is known again, without keeping what it says."""
    return keyed_hash(deps.id_hash_key, "asked", json.dumps(asdict(asked), default=str, ensure_ascii=False))


def new_permit(
    deps: Deps, caller: Principal, kind: PermitKind, permit_id: str, path: str, checkpoint_id: str | None
) -> dict[str, Any]:
    """Return what every permit has when it is granted."""
    return {
        "_id": permit_id,
        "known_as": [permit_id],
        "kind": kind.value,
        "area_path": path,
        "checkpoint_id": checkpoint_id,
        "resident_id": None,
        "shown": [],
        "withdrawn": None,
        "granted_by": caller.subject,
        "granted_at": deps.clock.now(),
    }


def withdrawn(deps: Deps, caller: Principal, permit: Document, reason: str) -> Document:
    """Return the permit as it is once withdrawn."""
    now = deps.clock.now()
    end = {"withdrawn": {"by": caller.subject, "at": now, "reason": reason}, "ends_at": min(now, permit["ends_at"])}
    return permit | end


async def tell(deps: Deps, permits: Sequence[Document], known: Sequence[str], work: UnitOfWork) -> None:
    """Store permits, of which those in `known` are there already, and tell the gates."""
    await deps.store.permits.put(permits, known, work)
    for permit in permits:
        work.emit(*_changed(permit))


def _changed(permit: Document) -> list[PermitChanged]:
    """Return what gates are told: one event for each thing that is shown, or one for the resident."""
    facts = permit | {"withdrawn": permit["withdrawn"] is not None}
    shown = permit["shown"] or [None]
    return [
        PermitChanged.model_validate(facts | {"permit_id": permit_id, "shown_hash": shown_hash})
        for permit_id, shown_hash in zip(permit["known_as"], shown, strict=True)
    ]
