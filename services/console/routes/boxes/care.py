"""Cases and what is measured."""

from collections.abc import Sequence

from services.console.routes.boxes import Count, Desk
from services.console.routes.callers import OFFICE, OFFICERS
from services.console.showing.texts import N_


async def measurements(desk: Desk) -> Sequence[Count]:
    """Count the people of whom today's report is missing."""
    missing = (await desk.isolation()).missing_reports
    return [Count(N_("reports of today are missing"), str(missing), "/cases/missing", missing > 0)]


async def cases(desk: Desk) -> Sequence[Count]:
    """Count the open cases, and those that wait for something."""
    cases = (await desk.isolation()).cases

    def count(text: str, number: int | None, query: str, urgent: bool = True) -> Count:
        return Count(text, str(number or 0), f"/cases?{query}", urgent and bool(number))

    counts = [
        count(N_("open cases"), cases.open, "state=open", urgent=False),
        count(N_("of which you are keeper or doctor"), cases.mine, "state=open&whose=mine", urgent=False),
        count(N_("at the fever clinic"), cases.of("referred"), "state=referred"),
    ]
    if desk.visit.is_one_of(OFFICE):
        counts.append(count(N_("releases to approve"), cases.of("release_requested"), "state=release_requested"))
    if desk.visit.is_one_of(OFFICERS):
        counts.append(count(N_("cases that wait for a second person"), cases.second, "state=second"))
    return counts
