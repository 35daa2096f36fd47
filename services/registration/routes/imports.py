"""Rosters over HTTP."""

from fastapi import UploadFile

from services.registration.rosters import ImportReport
from services.registration.routes.callers import Office, Staff, Uses
from services.registration.usecases import imports, places
from shared.errors import NotFound
from shared.http import api_router

router = api_router("imports")


@router.post("/imports/places")
async def import_places(file: UploadFile, deps: Uses, caller: Office) -> ImportReport:
    """Import a roster of places from .xlsx or .csv: 级别, 编码, 名称, 上级 (R1.12)."""
    return await places.import_places(deps, caller, await file.read())


@router.post("/imports/residents")
async def import_residents(file: UploadFile, deps: Uses, caller: Staff) -> ImportReport:
    """Import a roster of residents from .xlsx or .csv (UTF-8 or GBK); the report names every bad row (R1.12)."""
    return await imports.import_residents(deps, caller, await file.read())


@router.get("/imports/{import_id}")
async def import_report(import_id: str, deps: Uses, caller: Staff) -> ImportReport:
    """Show the report of an earlier import."""
    report = await deps.store.imports.get(import_id)
    if report is None or not caller.sees(report["area_path"]):
        raise NotFound("registration.no_such_import", "The import was not found in your area")
    return ImportReport.model_validate(report)
