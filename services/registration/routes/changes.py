"""The history of residents' files over HTTP."""

from collections.abc import Iterable

from services.registration.domain.changes import Change
from services.registration.routes.callers import FileReader, Staff, Uses
from services.registration.schemas.changes import ChangeView, change_view
from services.registration.usecases import Deps, changes, import_work
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page

CHANGE, PURPOSE = "resident_change", "care of residents"

router = api_router("changes", about="What changed in files, with what was before.")


@router.get("/residents/{resident_id}/changes")
async def list_changes(
    resident_id: Id, deps: Uses, caller: FileReader, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[ChangeView]:
    """List the changes of a resident's file with what was before, the newest first, a page at a time."""
    page = await changes.of_resident(deps, caller, resident_id, listing.after, listing.limit)
    resident, made, following = page
    await disclosures.record(caller, CHANGE, resident_id, resident.area_path, purpose.usual(PURPOSE))
    return listing.page(_views(deps, caller, made), following)


@router.get("/imports/{import_id}/changes")
async def list_changed_rows(
    import_id: Id, deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[ChangeView]:
    """List which rows of an import changed what, with what was before, by row, a page at a time."""
    imported, _ = await import_work.show(deps, caller, import_id)
    made, following = await deps.store.history.of_import(import_id, listing.after, listing.limit)
    await disclosures.record_list(caller, CHANGE, imported.area_path, purpose.usual(PURPOSE))
    return listing.page(_views(deps, caller, made), following)


def _views(deps: Deps, caller: Principal, made: Iterable[Change]) -> Iterable[ChangeView]:
    for change in made:
        yield change_view(change, changes.open_details(deps, change), changes.seen_by(caller, change))
