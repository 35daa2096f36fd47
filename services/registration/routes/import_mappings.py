"""Columns of foreign rosters over HTTP: looked at, mapped by hand, remembered by the office and offered again."""

from typing import Annotated

from fastapi import Form, UploadFile

from services.registration.domain.imports import Kind
from services.registration.routes.callers import Staff, Uses, listed_area
from services.registration.schemas.import_mappings import ImportColumnsView, ImportMappingBody, ImportMappingView
from services.registration.usecases import import_mappings
from services.registration.usecases.import_work import KINDS
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

router = api_router("import mappings", about="Columns of foreign rosters, mapped by hand and remembered.")
_ROW = "The row of the file that is its heading, by default the likeliest one of the first 15"


@router.post("/imports/columns")
async def look_at_columns(
    file: UploadFile,
    deps: Uses,
    caller: Staff,
    kind: Annotated[Kind, Form()] = Kind.RESIDENTS,
    heading_row: Annotated[int, Form(description=_ROW, ge=0, le=1_048_576)] = 0,
) -> ImportColumnsView:
    """Show the heading of a file, what its titles are known for, its first rows, and the remembered mapping (R1.12).

    Nothing is stored. What a clerk makes of it goes as `mapping` into the preview and the import.
    """
    looked = await import_mappings.look(deps, caller, kind, await file.read(), heading_row)
    columns = {name: (column.titles[0], column.required) for name, column in KINDS[kind].columns.items()}
    return ImportColumnsView.of_file(kind, looked, columns)


@router.get("/import-mappings")
async def list_mappings(deps: Uses, caller: Staff, listing: Listed, within: MaybePath = "") -> Page[ImportMappingView]:
    """List the mappings that an area remembers, by default the caller's own, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.import_mappings.page(path, listing.after, listing.limit)
    return listing.page(map(ImportMappingView.of_mapping, stored), following)


@router.put("/import-mappings")
async def remember_mapping(body: ImportMappingBody, deps: Uses, caller: Staff) -> ImportMappingView:
    """Remember how the caller's office maps a heading; one of the same titles, in any order, is replaced (R1.12)."""
    return ImportMappingView.of_mapping(await import_mappings.remember(deps, caller, body.kind, body.columns))


@router.delete("/import-mappings/{mapping_id}", status_code=204)
async def forget_mapping(mapping_id: Id, deps: Uses, caller: Staff) -> None:
    """Forget a mapping: it is offered no longer. Imports that were made with it stay."""
    await import_mappings.forget(deps, caller, mapping_id)
