"""What waits for an official, over HTTP."""

from services.registration.routes.callers import Staff, Uses
from services.registration.schemas.to_do import ToDoView
from services.registration.usecases import to_do
from shared.web.http import api_router

router = api_router("to-do", about="What waits for an official: numbers, which name no person.")


@router.get("/to-do")
async def count_to_do(deps: Uses, caller: Staff) -> ToDoView:
    """How much waits in the caller's area: colour orders, appeals, journeys, imports, rows to examine."""
    return ToDoView.of(await to_do.count(deps, caller))
