"""Exports over HTTP: lists with names as sheets of any length; and a client states that it writes one by itself."""

from typing import Annotated

from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from services.registration.routes.callers import FileReader, Uses
from services.registration.schemas import Body, View
from services.registration.usecases import Deps, exporting
from services.registration.usecases.exporting import HOUSEHOLDS, RESIDENTS, Export
from shared.base.json_types import Json
from shared.base.sheet_streams import MEDIA_TYPES, Form
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.step_up import Fresh, FreshSignIn

PURPOSE = "export of a list with names"
SHEET: dict[int | str, Json] = {  # Any: FastAPI's own type
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}, "description": "The sheet, in pieces as it is read"}
}
AreaPath = Annotated[str, StringConstraints(pattern=r"^(/|(/[\w-]{1,40})+)$", max_length=400)]

router = api_router("exports", about="Statements that a list with names is exported.")


class ExportBody(Body):
    """Which list is exported, such as `residents` or `cases`, and of which area."""

    list: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_-]{2,39}$")]
    area_path: AreaPath


class ExportView(View):
    """The export as it was recorded."""

    list: str
    area_path: str
    exported_by: str


class SheetBody(Body):
    """Of which area a list is exported, and as which kind of sheet."""

    area_path: AreaPath
    form: Form = Form.XLSX


@router.post("/exports/residents", responses=SHEET, response_class=StreamingResponse)
async def export_residents(
    body: SheetBody, deps: Uses, caller: FileReader, disclosures: Disclosing, purpose: Reading, fresh: Fresh
) -> StreamingResponse:
    """Return all residents of an area as .xlsx or .csv, with names and phones, by door, however many there are.

    It takes a fresh sign-in by a second factor, and is recorded as a reading. An answer that breaks off is no file.
    """
    return await _sheet(deps, caller, RESIDENTS, "residents", body, disclosures, purpose, fresh)


@router.post("/exports/households", responses=SHEET, response_class=StreamingResponse)
async def export_households(
    body: SheetBody, deps: Uses, caller: FileReader, disclosures: Disclosing, purpose: Reading, fresh: Fresh
) -> StreamingResponse:
    """Return all households of an area as .xlsx or .csv: the door, how many live there, their names.

    It takes a fresh sign-in by a second factor, and is recorded as a reading. An answer that breaks off is no file.
    """
    return await _sheet(deps, caller, HOUSEHOLDS, "households", body, disclosures, purpose, fresh)


async def _sheet(
    deps: Deps,
    caller: Principal,
    export: Export,
    name: str,
    body: SheetBody,
    disclosures: Disclosures,
    purpose: Purpose,
    fresh: FreshSignIn,
) -> StreamingResponse:
    fresh.require()
    caller.require_area(body.area_path, f"the place {body.area_path}")
    await disclosures.record_list(caller, f"export of {name}", body.area_path, purpose.usual(PURPOSE))
    kept_as = {"Content-Disposition": f'attachment; filename="{name}.{body.form.value}"', "Cache-Control": "no-store"}
    pieces = exporting.write(deps, export, body.area_path, body.form)
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[body.form], headers=kept_as)


@router.post("/exports", status_code=201)
async def state_export(
    body: ExportBody, caller: FileReader, disclosures: Disclosing, purpose: Reading, fresh: Fresh
) -> ExportView:
    """State an export of a list with names: it takes a fresh sign-in by a second factor, and is recorded as a reading.

    The lists themselves come from the routes that list; a client that writes them into a file asks here first.
    """
    fresh.require()
    caller.require_area(body.area_path, f"the place {body.area_path}")
    await disclosures.record_list(caller, f"export of {body.list}", body.area_path, purpose.usual(PURPOSE))
    return ExportView(list=body.list, area_path=body.area_path, exported_by=caller.subject)
