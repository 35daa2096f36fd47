"""Imports of rosters over HTTP: accepted at once, carried out in steps, asked after by their id."""

from collections.abc import Sequence
from typing import Any

from fastapi import Response, UploadFile

from services.registration.domain.imports import Import, Kind, RowProblem
from services.registration.routes.callers import Office, Staff, Uses, listed_area
from services.registration.schemas.imports import ImportItem, ImportView, RowProblemItem
from services.registration.usecases import Deps, import_work
from shared.base.errors import DomainError
from shared.base.plain_text import unwanted
from shared.web.access import Principal
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

router = api_router("imports")
_LOCATION = {"description": "Where to ask how far the import is", "schema": {"type": "string"}}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"headers": {"Location": _LOCATION}}}  # Any: FastAPI's own type


@router.post("/imports/places", status_code=202, responses=_ACCEPTED)
async def import_places(file: UploadFile, deps: Uses, caller: Office, response: Response) -> ImportView:
    """Accept a roster of places from .xlsx or .csv: 级别, 编码, 名称, 上级 (R1.12); `Location` shows how far it is."""
    return await _accepted(deps, caller, Kind.PLACES, file, response)


@router.post("/imports/residents", status_code=202, responses=_ACCEPTED)
async def import_residents(file: UploadFile, deps: Uses, caller: Staff, response: Response) -> ImportView:
    """Accept a roster of residents from .xlsx or .csv (UTF-8 or GBK); `Location` shows how far it is (R1.12)."""
    return await _accepted(deps, caller, Kind.RESIDENTS, file, response)


@router.get("/imports")
async def list_imports(deps: Uses, caller: Staff, listing: Listed, within: MaybePath = "") -> Page[ImportItem]:
    """List the imports within an area path, by default the caller's own, the newest first, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.imports.page(path, listing.after, listing.limit)
    return listing.page(map(ImportItem.of, stored), following)


@router.get("/imports/{import_id}")
async def show_import(import_id: Id, deps: Uses, caller: Staff) -> ImportView:
    """Show how far an import is, and every bad row that is known."""
    return _view(*await import_work.show(deps, caller, import_id))


async def _accepted(deps: Deps, caller: Principal, kind: Kind, file: UploadFile, response: Response) -> ImportView:
    if wrong := unwanted(file.filename or ""):
        raise DomainError("request.invalid", f"The name of the file {wrong}")
    import_id = await import_work.accept(deps, caller, kind, await file.read(), file.filename)
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return _view(*await import_work.show(deps, caller, import_id))


def _view(imported: Import, problems: Sequence[RowProblem]) -> ImportView:
    return ImportView.of(imported, problems=[RowProblemItem.of(problem) for problem in problems])
