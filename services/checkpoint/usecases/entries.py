"""Lists of those whom a gate serves, as at an employer's: residents and vehicles (R2.10)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from services.checkpoint.domain import permit as rules
from services.checkpoint.domain.permit import OPEN_ENDED
from services.checkpoint.domain.policy import plain_plate
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from services.checkpoint.usecases.permits import new_permit, tell, withdrawn
from shared.base.ids import derived_id
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import CredentialKind, PermitKind
from shared.store.mongo import Document
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def admit(
    deps: Deps,
    caller: Principal,
    checkpoint_id: str,
    resident_ids: Sequence[str],
    plates: Sequence[str],
    until: datetime | None,
) -> int:
    """Put residents and vehicles on a checkpoint's list; return how many were not there, or with another end."""
    end = until or OPEN_ENDED
    rules.check_entry(end, deps.clock.now())
    async with deps.unit_of_work() as work:
        checkpoint = await visible(deps, caller, checkpoint_id, work)
        wanted = {one["_id"]: one for one in _entries(deps, caller, checkpoint, resident_ids, plates, end)}
        known = await deps.store.permits.each(list(wanted), work)
        changed = [_renewed(known.get(key), one) for key, one in wanted.items() if not _listed(known.get(key), end)]
        await tell(deps, changed, list(known), work)
    return len(changed)


@retry_conflicts
async def dismiss(
    deps: Deps, caller: Principal, checkpoint_id: str, resident_ids: Sequence[str], plates: Sequence[str], reason: str
) -> int:
    """Take residents and vehicles off a checkpoint's list; return how many were on it."""
    async with deps.unit_of_work() as work:
        await visible(deps, caller, checkpoint_id, work)
        ids = [identity for identity, _ in _identities(deps, checkpoint_id, resident_ids, plates)]
        known = await deps.store.permits.each(list(dict.fromkeys(ids)), work)
        gone = [withdrawn(deps, caller, one, reason) for one in known.values() if not one["withdrawn"]]
        await tell(deps, gone, list(known), work)
    return len(gone)


def _identities(
    deps: Deps, checkpoint_id: str, resident_ids: Iterable[str], plates: Iterable[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id of each entry with whom or what it lets in; an entry has the same id whenever it is made."""
    for resident_id in resident_ids:
        yield derived_id("entry", checkpoint_id, resident_id), {"resident_id": resident_id, "label": None}
    for plate in map(plain_plate, plates):
        shown = keyed_hash(deps.id_hash_key, CredentialKind.PLATE, plate)
        yield derived_id("entry", checkpoint_id, shown), {"shown": [shown], "label": rules.masked(plate)}


def _entries(
    deps: Deps,
    caller: Principal,
    checkpoint: Document,
    resident_ids: Iterable[str],
    plates: Iterable[str],
    until: datetime,
) -> Iterator[Document]:
    place = checkpoint["area_path"], checkpoint["_id"]
    lasts = {"since": deps.clock.now(), "until": until, "ends_at": until}
    for identity, who in _identities(deps, checkpoint["_id"], resident_ids, plates):
        yield new_permit(deps, caller, PermitKind.ENTRY, identity, *place) | lasts | who


def _listed(old: Document | None, until: datetime) -> bool:
    return old is not None and not old["withdrawn"] and old["until"] == until


def _renewed(old: Document | None, new: Document) -> Document:
    """Return the entry; one that holds and only ends at another time began when it did."""
    holds = old is not None and not old["withdrawn"] and old["until"] > new["since"]
    return new | {"since": old["since"]} if old and holds else new
