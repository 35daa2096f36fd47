"""Lists of risk regions are stated, and the journeys declared before follow them in steps (R1.6)."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.registration.domain import risk_lists
from services.registration.domain.imports import RowProblem
from services.registration.domain.journeys import WATCHED_DAYS, Declaration, Journey
from services.registration.domain.journeys import reassess as reassess_journey
from services.registration.domain.legs import stays
from services.registration.domain.risk_lists import Assessment, ListedRegion, RiskList
from services.registration.rosters.reading import read
from services.registration.rosters.risk_regions import RISK_COLUMNS, regions_of
from services.registration.usecases import Deps, standings
from shared.base.ids import new_id
from shared.events.registration import JourneyReassessed
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

REASSESS = "journeys.reassess"
JOURNEYS_A_STEP = 50


@dataclass(frozen=True)
class RegionFile:
    """What a file of risk regions states, and what is wrong in which row."""

    regions: tuple[ListedRegion, ...]
    rows: int
    problems: tuple[RowProblem, ...]


async def read_file(deps: Deps, content: bytes) -> RegionFile:
    """Return what a file of risk regions states. Raises `Invalid` for one that is wrong as a whole."""
    async with deps.reading:
        roster = await asyncio.to_thread(read, content, RISK_COLUMNS)
    regions, problems = regions_of(roster.rows, deps.zone)
    return RegionFile(risk_lists.in_order(regions), len(roster.rows), tuple(problems))


@retry_conflicts
async def state(deps: Deps, caller: Principal, day: date, regions: Iterable[ListedRegion]) -> bool:
    """State the risk regions in force from a day on; whether that changed anything. The journeys follow in steps."""
    listed = RiskList(day, risk_lists.in_order(regions), caller.subject, deps.clock.now().replace(microsecond=0))
    async with deps.unit_of_work() as work:
        if listed.same(await deps.store.journeys.list_of(day, work)):
            return False
        await deps.store.journeys.put_risk_list(listed, work)
        await _schedule(deps, day, work)
    return True


async def _schedule(deps: Deps, day: date, work: UnitOfWork) -> None:
    """Have the declared journeys assessed now, and again at the midnight with which a later day begins."""
    subject, now = f"risk-list:{day}", deps.clock.now()
    await deps.deadlines.cancel(work, subject, REASSESS)  # the list that is replaced is assessed no further
    for at in {now, max(now, datetime.combine(day, time.min, deps.zone))}:
        await _next(
            deps, subject, at, new_id(), at.astimezone(deps.zone).date() - timedelta(days=WATCHED_DAYS), "", work
        )


async def _next(
    deps: Deps, subject: str, at: datetime, run: str, arrives_on: date, after: str, work: UnitOfWork
) -> None:
    facts = {"run": run, "arrives_on": arrives_on.isoformat(), "after": after}
    await deps.deadlines.schedule(work, REASSESS, subject, at, key=f"{run}/{arrives_on}/{after}", **facts)


@retry_conflicts
async def reassess(deps: Deps, deadline: Deadline) -> None:
    """Assess some of the journeys of one day of arrival by the lists of now, and schedule the next step.

    A kill between two steps loses none: each is one transaction, which schedules the one after it.
    """
    day, after = date.fromisoformat(deadline.payload["arrives_on"]), deadline.payload["after"]
    async with deps.unit_of_work(deadline) as work:
        batch = await deps.store.journeys.arriving(day, after, JOURNEYS_A_STEP, work)
        lists = Lists(deps)
        for journey in batch:
            await _reassess(deps, journey, lists, work)
        full = len(batch) == JOURNEYS_A_STEP
        last = batch[-1].journey_id if full else ""
        next_day = day if full else await deps.store.journeys.next_arrival(day, work)
        if next_day:
            run = deadline.payload["run"]
            await _next(deps, deadline.subject, deps.clock.now(), run, next_day, last, work)


async def _reassess(deps: Deps, journey: Journey, lists: "Lists", work: UnitOfWork) -> None:
    if journey.cancelled or deps.today > journey.arrives_on + timedelta(days=WATCHED_DAYS):
        return
    declared_on = journey.declared_at.astimezone(deps.zone).date()
    after = await lists.assess(journey, (declared_on, journey.departs_on, deps.today))
    if after.risk is journey.risk:
        return
    changed = reassess_journey(journey, after, deps.clock.now().replace(microsecond=0))
    await deps.store.journeys.put(changed, work)
    work.emit(JourneyReassessed.of(changed, risk_before=journey.risk))
    await standings.follow_travel(deps, changed, journey, work)


class Lists:
    """The lists in force on some days, each read once."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._of_day: dict[date, RiskList | None] = {}

    async def assess(self, declared: Declaration, days: Sequence[date]) -> Assessment:
        """Return the risk of a journey by the lists in force on the days: the most severe of its stays."""
        stayed = stays(declared.legs, declared.origin_region, declared.departs_on, self._deps.zone)
        return risk_lists.assess(stayed, [listed for day in days if (listed := await self._in_force(day))])

    async def _in_force(self, day: date) -> RiskList | None:
        if day not in self._of_day:
            self._of_day[day] = await self._deps.store.journeys.risk_list(day)
        return self._of_day[day]
