"""Permits over HTTP: lists of those whom a gate serves, and how permits end (R2.10)."""

from collections.abc import Sequence

from services.checkpoint.domain.permit import Permit
from services.checkpoint.routes.callers import Office, Staff, Uses
from services.checkpoint.routes.checkpoints import CheckpointId
from services.checkpoint.routes.people import people_of
from services.checkpoint.schemas import permits as schemas
from services.checkpoint.usecases import Deps, checkpoints, entries, permits
from shared.base.errors import TooLarge
from shared.events.checkpoint import PermitKind
from shared.web.disclosures import Disclosing, Read, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page

PERMITS, LISTS = "permits", "lists at gates"  # the kind of readings, the usual purpose

router = api_router("permits", about="Who may pass: visitors and the lists of a checkpoint.")


@router.put("/checkpoints/{checkpoint_id}/entries")
async def admit_entries(
    checkpoint_id: CheckpointId, body: schemas.EntriesBody, deps: Uses, caller: Office
) -> schemas.ChangedView:
    """Put up to 1,000 residents and vehicles on the list of those whom a checkpoint's gates serve (R2.10)."""
    _check_count(body.resident_ids, body.plates)
    listed = entries.Listed(body.resident_ids, body.plates)
    return schemas.ChangedView(changed=await entries.admit(deps, caller, checkpoint_id, listed, body.until))


@router.post("/checkpoints/{checkpoint_id}/entries/withdraw")
async def dismiss_entries(
    checkpoint_id: CheckpointId, body: schemas.DismissalBody, deps: Uses, caller: Office
) -> schemas.ChangedView:
    """Take up to 1,000 residents and vehicles off a checkpoint's list; again changes nothing (R2.10)."""
    _check_count(body.resident_ids, body.plates)
    listed = entries.Listed(body.resident_ids, body.plates)
    return schemas.ChangedView(changed=await entries.dismiss(deps, caller, checkpoint_id, listed, body.reason))


@router.get("/checkpoints/{checkpoint_id}/entries")
async def list_entries(
    checkpoint_id: CheckpointId,
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
) -> Page[schemas.EntryView]:
    """Show a checkpoint's list, also who was taken off it in the last 30 days; of a plate a part (R2.10)."""
    path = (await checkpoints.visible(deps, caller, checkpoint_id)).area_path
    rows, following = await deps.store.permits.within(
        PermitKind.ENTRY, path, checkpoint_id, listing.after, listing.limit
    )
    people = people_of(deps, (permit.resident_id for permit in rows), path)
    read = [Read(checkpoint_id, path), *people]
    await disclosures.record_all(caller, PERMITS, read, purpose.usual(LISTS))
    return listing.page(map(schemas.EntryView.model_validate, rows), following)


@router.post("/permits/{permit_id}/withdraw")
async def withdraw_permit(
    permit_id: Id,
    body: schemas.WithdrawalBody,
    deps: Uses,
    caller: Staff,
    disclosures: Disclosing,
    purpose: Reading,
) -> schemas.PermitView:
    """Withdraw a permit of a visitor or a listed person; the gates learn of it at once."""
    permit = await permits.withdraw(deps, caller, permit_id, body.reason)
    await disclosures.record_all(caller, PERMITS, _people(deps, permit), purpose.usual(LISTS))
    return schemas.PermitView.model_validate(permit)


def _people(deps: Deps, permit: Permit) -> list[Read]:
    return people_of(deps, [permit.resident_id], permit.area_path) or [Read(permit.permit_id, permit.area_path)]


def _check_count(*parts: Sequence[str]) -> None:
    if sum(map(len, parts)) > schemas.MOST_ENTRIES:
        text = f"At most {schemas.MOST_ENTRIES} residents and vehicles at a time: send the rest after them"
        raise TooLarge("checkpoint.too_many_entries", text, most=schemas.MOST_ENTRIES)
