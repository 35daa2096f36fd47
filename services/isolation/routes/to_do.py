"""What waits for those who care for isolated people, over HTTP."""

from services.isolation import schemas
from services.isolation.routes.callers import Staff, Uses
from shared.web.http import api_router

router = api_router("isolation")


@router.get("/to-do")
async def count_to_do(deps: Uses, caller: Staff) -> schemas.ToDoView:
    """How much waits in the caller's area: cases, and reports of today that are missing; it names no person (R3.4)."""
    cases = await deps.store.case_counts(caller.area, caller.subject)
    missing = await deps.store.count_missing(caller.area, deps.today, deps.clock.now())
    return schemas.ToDoView(cases=schemas.CaseCountsView.model_validate(cases), missing_reports=missing)
