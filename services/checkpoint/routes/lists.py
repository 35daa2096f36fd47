"""The lists for devices over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from services.checkpoint.routes.callers import Gate, Uses
from services.checkpoint.schemas.lists import ListsView
from services.checkpoint.usecases import lists
from shared.web.access import Role
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import MaybeCode

router = api_router("lists", about="What a device decides by while it is cut off.")


@router.get("/lists", response_model=ListsView)
async def read_lists(
    deps: Uses,
    caller: Gate,
    disclosures: Disclosing,
    purpose: Reading,
    version: Annotated[str, Query(max_length=4000)] = "",
    gate_id: MaybeCode = "",
) -> Response:
    """What a device decides by while it is cut off: exceptions since `version`, its gate's rules, keys (R2.4)."""
    if Role.DEVICE not in caller.roles:  # a device reads it by itself, many times a day, also while the store is away
        await disclosures.record_list(caller, "exceptions", caller.area, purpose.usual("lists at gates"))
    return Response(await lists.lists(deps, caller, gate_id, version), media_type="application/json")
