"""Cases and what is measured."""

from collections.abc import Sequence

from services.console.client import views
from services.console.client.counts import CaseCounts
from services.console.routes.boxes import BOX_S, MOST, Count, number_of
from services.console.routes.callers import OFFICE, OFFICERS, Staffed
from services.console.showing.texts import N_


async def measurements(visit: Staffed) -> Sequence[Count]:
    """Count the people of whom today's report is missing."""
    kind = views.Page[views.Measurement]
    missing = await visit.api.get("isolation", "/v1/measurements", kind, BOX_S, only_missing=True, limit=MOST)
    number = number_of(missing)
    return [Count(N_("reports of today are missing"), number, "/cases/missing", number != "0")]


async def cases(visit: Staffed) -> Sequence[Count]:
    """Count the open cases, and those that wait for something."""
    cases = await visit.api.get("isolation", "/v1/cases/counts", CaseCounts, BOX_S)

    def count(text: str, number: int | None, query: str, urgent: bool = True) -> Count:
        return Count(text, str(number or 0), f"/cases?{query}", urgent and bool(number))

    counts = [
        count(N_("open cases"), cases.open, "state=open", urgent=False),
        count(N_("of which you are keeper or doctor"), cases.mine, "state=open&whose=mine", urgent=False),
        count(N_("at the fever clinic"), cases.of("referred"), "state=referred"),
    ]
    if visit.is_one_of(OFFICE):
        counts.append(count(N_("releases to approve"), cases.of("release_requested"), "state=release_requested"))
    if visit.is_one_of(OFFICERS):
        counts.append(count(N_("cases that wait for a second person"), cases.second, "state=second"))
    return counts
