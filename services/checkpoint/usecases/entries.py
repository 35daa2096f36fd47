"""Lists of residents and vehicles that a gate serves, as an employer's gate does (R2.10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.checkpoint.domain import permit as rules
from services.checkpoint.domain.permit import OPEN_ENDED, Permit
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.checkpoints import visible
from services.checkpoint.usecases.permits import Entrance, new_permit, publish, withdrawn
from shared.base.ids import derived_id
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import CredentialKind, PermitKind
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


@dataclass(frozen=True)
class Listed:
    """Residents and vehicles, by their plates in normal form, that an office puts on a list or takes off it."""

    resident_ids: Sequence[str]
    plates: Sequence[str]


@dataclass(frozen=True)
class _Holder:
    """The holder of an entry, which has the same id whenever it is made."""

    entry_id: str
    resident_id: str | None = None
    credential_hashes: tuple[str, ...] = ()
    label: str | None = None


@retry_conflicts
async def admit(deps: Deps, caller: Principal, checkpoint_id: str, listed: Listed, until: datetime | None) -> int:
    """Put residents and vehicles on a checkpoint's list; return how many were not there, or with another end."""
    end = until or OPEN_ENDED
    rules.check_entry(end, deps.clock.now())
    own = await own_of(deps.known.credentials, caller)
    for resident_id in listed.resident_ids:
        own.require_stranger(resident_id, deps.known.credentials.home(resident_id))
    async with deps.unit_of_work() as work:
        checkpoint = await visible(deps, caller, checkpoint_id, work)
        where = Entrance(checkpoint.area_path, checkpoint_id)
        holders = _holders(deps, checkpoint_id, listed)
        wanted = {one.entry_id: _entry(deps, caller, where, one, end) for one in holders}
        known = await deps.store.permits.each(list(wanted), work)
        missing = [key for key in wanted if key not in known or not known[key].lasts(end)]
        changed = [_renewed(known.get(key), wanted[key]) for key in missing]
        await publish(deps, changed, list(known), work)
    return len(changed)


@retry_conflicts
async def dismiss(deps: Deps, caller: Principal, checkpoint_id: str, listed: Listed, reason: str) -> int:
    """Take residents and vehicles off a checkpoint's list; return how many were on it."""
    async with deps.unit_of_work() as work:
        await visible(deps, caller, checkpoint_id, work)
        ids = dict.fromkeys(holder.entry_id for holder in _holders(deps, checkpoint_id, listed))
        known = await deps.store.permits.each(list(ids), work)
        gone = [withdrawn(deps, caller, one, reason) for one in known.values() if not one.withdrawn]
        await publish(deps, gone, list(known), work)
    return len(gone)


def _holders(deps: Deps, checkpoint_id: str, listed: Listed) -> Iterator[_Holder]:
    for resident_id in listed.resident_ids:
        yield _Holder(derived_id("entry", checkpoint_id, resident_id), resident_id)
    for plate in listed.plates:
        plate_hash = keyed_hash(deps.id_hash_key, CredentialKind.PLATE, plate)
        yield _Holder(derived_id("entry", checkpoint_id, plate_hash), None, (plate_hash,), rules.masked(plate))


def _entry(deps: Deps, caller: Principal, where: Entrance, holder: _Holder, until: datetime) -> Permit:
    permit = new_permit(deps, caller, PermitKind.ENTRY, holder.entry_id, where, deps.clock.now(), until)
    return replace(permit, resident_id=holder.resident_id, shown=holder.credential_hashes, label=holder.label)


def _renewed(old: Permit | None, new: Permit) -> Permit:
    """Return the entry; an entry that holds and only ends at another time began when it did."""
    holds = old is not None and not old.withdrawn and old.until > new.since
    return replace(new, since=old.since) if old and holds else new
