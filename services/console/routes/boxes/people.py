"""Files, rosters, colours, appeals and journeys."""

import asyncio
from collections.abc import Sequence

from services.console.client import histories, movements, views
from services.console.client.appeals import Appeal
from services.console.routes.boxes import BOX_S, MOST, Count, number_of
from services.console.routes.callers import OFFICE, OFFICERS, Staffed
from services.console.showing.texts import N_


async def orders(visit: Staffed) -> Sequence[Count]:
    """Count the colour orders that wait for a second person."""
    kind = views.Page[views.ColourOrder]
    page = await visit.api.get("registration", "/v1/colour-orders", kind, BOX_S, state="proposed", limit=MOST)
    others = [one for one in page.items if one.proposed_by != visit.person.subject]
    own = len(page.items) - len(others)
    return [
        Count(N_("wait for you as the second person"), str(len(others)), "/orders?state=proposed", bool(others)),
        Count(N_("your own, which wait for another officer"), str(own), "/orders?state=proposed"),
    ]


async def appeals(visit: Staffed) -> Sequence[Count]:
    """Count the appeals to decide."""
    page = await visit.api.get("registration", "/v1/appeals", views.Page[Appeal], BOX_S, state="open", limit=MOST)
    late = [one for one in page.items if one.overdue]
    return [
        Count(N_("appeals to decide"), number_of(page), "/appeals", bool(page.items)),
        Count(N_("of which overdue"), str(len(late)), "/appeals", bool(late)),
    ]


async def journeys(visit: Staffed) -> Sequence[Count]:
    """Count the journeys that wait for a second person or for an arrival."""

    async def count(text: str, state: str, is_urgent: bool = False) -> Count:
        kind = views.Page[movements.Journey]
        page = await visit.api.get("registration", "/v1/journeys", kind, BOX_S, state=state, limit=MOST)
        return Count(text, number_of(page), f"/journeys?state={state}", is_urgent and bool(page.items))

    second = [count(N_("journeys that wait for a second person"), "waiting", True)] if visit.is_one_of(OFFICERS) else []
    return await asyncio.gather(*second, count(N_("arrivals still to come"), "planned"))


async def people(visit: Staffed) -> Sequence[Count]:
    """Count the households and residents of the area."""
    counts = await visit.deps.areas.counts(visit.api, visit.area, BOX_S)
    return [
        Count(N_("households"), str(counts.households), "/people"),
        Count(N_("residents"), str(counts.residents), "/people"),
    ]


async def imports(visit: Staffed) -> Sequence[Count]:
    """Count the imports under way, those with bad rows, and the rows to examine."""
    page = await visit.api.get("registration", "/v1/imports", views.Page[views.ImportItem], BOX_S, limit=20)
    running = [one for one in page.items if one.finished_at is None]
    bad = [one for one in page.items if one.finished_at is not None and one.rejected]
    return [
        Count(N_("imports under way"), str(len(running)), "/imports"),
        Count(N_("recent imports with bad rows"), str(len(bad)), "/imports", bool(bad)),
        *(await _examinations(visit) if visit.is_one_of(OFFICE) else ()),
    ]


async def _examinations(visit: Staffed) -> Sequence[Count]:
    kind = views.Page[histories.ExaminationItem]
    page = await visit.api.get("registration", "/v1/examinations", kind, BOX_S, state="open", limit=MOST)
    text = N_("rows of other offices to examine")
    return [Count(text, number_of(page), "/examinations", bool(page.items))]
