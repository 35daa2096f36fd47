"""What waits for an official, counted by one request: the first thing that a day's work begins with."""

import asyncio

from services.registration.domain.examinations import State as ExaminationState
from services.registration.domain.journeys import falls_back_at
from services.registration.domain.to_do import ToDo
from services.registration.usecases import Deps
from shared.web.access import Principal, Role

OFFICERS = frozenset({Role.CITY, Role.COMMUNITY, Role.DOCTOR})
OFFICE = frozenset({Role.CITY, Role.COMMUNITY})
WAITING, PLANNED = "waiting", "planned"
NEWEST_IMPORTS = 20
MOST = 1_000  # more journeys than any area has to confirm at once


async def count(deps: Deps, caller: Principal) -> ToDo:
    """Return what waits in the caller's area, for those roles that the caller has."""
    area, store = caller.area, deps.store
    is_officer, is_office = bool(caller.roles & OFFICERS), bool(caller.roles & OFFICE)
    proposed, appeals, planned, imports, to_confirm, rows = await asyncio.gather(
        _proposed(deps, area, is_officer),
        store.appeals.count_open(area, deps.clock.now()),
        store.journeys.count(area, PLANNED, deps.today, deps.days_before_arrival),
        store.imports.page(area, "", NEWEST_IMPORTS),
        _to_confirm(deps, area, is_officer),
        _examinations(deps, area, is_office),
    )
    own = proposed.get(caller.subject, 0) if proposed is not None else None
    return ToDo(
        orders=sum(proposed.values()) - (own or 0) if proposed is not None else None,
        own_orders=own,
        appeals=appeals,
        journeys_to_confirm=to_confirm,
        journeys_planned=planned,
        imports_running=sum(one.finished_at is None for one in imports[0]),
        bad_imports=sum(one.finished_at is not None and one.rejected > 0 for one in imports[0]),
        examinations=rows,
    )


async def _proposed(deps: Deps, area: str, is_officer: bool) -> dict[str, int] | None:
    return await deps.store.orders.count_proposed(area) if is_officer else None


async def _to_confirm(deps: Deps, area: str, is_officer: bool) -> int | None:
    if not is_officer:
        return None
    ahead, now = deps.days_before_arrival, deps.clock.now()
    waiting, _ = await deps.store.journeys.page(area, "", MOST, WAITING, deps.today, ahead)
    ends = (falls_back_at(one, ahead, deps.zone, deps.second_person_within) for one in waiting)
    return sum(end is not None and end > now for end in ends)


async def _examinations(deps: Deps, area: str, is_office: bool) -> int | None:
    return await deps.store.examinations.count(area, ExaminationState.OPEN) if is_office else None
