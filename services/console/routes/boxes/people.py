"""Files, rosters, colours, appeals and journeys."""

from collections.abc import Sequence

from services.console.routes.boxes import BOX_S, Count, Desk
from services.console.showing.texts import N_


async def orders(desk: Desk) -> Sequence[Count]:
    """Count the colour orders that wait for a second person."""
    waiting = await desk.registration()
    others, own = waiting.orders or 0, waiting.own_orders or 0
    return [
        Count(N_("wait for you as the second person"), str(others), "/orders?state=proposed", others > 0),
        Count(N_("your own, which wait for another officer"), str(own), "/orders?state=proposed"),
    ]


async def appeals(desk: Desk) -> Sequence[Count]:
    """Count the appeals to decide."""
    waiting = (await desk.registration()).appeals
    return [
        Count(N_("appeals to decide"), str(waiting.open), "/appeals", waiting.open > 0),
        Count(N_("of which overdue"), str(waiting.late), "/appeals", waiting.late > 0),
    ]


async def journeys(desk: Desk) -> Sequence[Count]:
    """Count the journeys that wait for a second person or for an arrival."""
    waiting = await desk.registration()
    second, planned = waiting.journeys_to_confirm, waiting.journeys_planned
    text = N_("journeys that wait for a second person")
    to_confirm = [] if second is None else [Count(text, str(second), "/journeys?state=waiting", second > 0)]
    return [*to_confirm, Count(N_("arrivals still to come"), str(planned), "/journeys?state=planned")]


async def people(desk: Desk) -> Sequence[Count]:
    """Count the households and residents of the area."""
    visit = desk.visit
    counts = await visit.deps.areas.counts(visit.api, visit.area, BOX_S)
    return [
        Count(N_("households"), str(counts.households), "/people"),
        Count(N_("residents"), str(counts.residents), "/people"),
    ]


async def imports(desk: Desk) -> Sequence[Count]:
    """Count the imports under way, those with bad rows, and the rows to examine."""
    waiting = await desk.registration()
    rows = waiting.examinations
    text = N_("rows of other offices to examine")
    examinations = [] if rows is None else [Count(text, str(rows), "/examinations", rows > 0)]
    return [
        Count(N_("imports under way"), str(waiting.imports_running), "/imports"),
        Count(N_("recent imports with bad rows"), str(waiting.bad_imports), "/imports", waiting.bad_imports > 0),
        *examinations,
    ]
