"""Exports over HTTP: a client states that it writes a list with names into a file, before it does."""

from typing import Annotated

from pydantic import StringConstraints

from services.registration.routes.callers import FileReader
from services.registration.schemas import Body, View
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.step_up import Fresh

PURPOSE = "export of a list with names"

router = api_router("exports", about="Statements that a list with names is exported.")


class ExportBody(Body):
    """Which list is exported, such as `residents` or `cases`, and of which area."""

    list: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_-]{2,39}$")]
    area_path: Annotated[str, StringConstraints(pattern=r"^(/|(/[\w-]{1,40})+)$", max_length=400)]


class ExportView(View):
    """The export as it was recorded."""

    list: str
    area_path: str
    exported_by: str


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
