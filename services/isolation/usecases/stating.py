"""Cases as events, for a topic that became compacted after they were stored."""

from collections.abc import AsyncIterator

from services.isolation.usecases import Deps
from shared.events import isolation as events
from shared.events.isolation import CaseState
from shared.outbox.bring_along import BroughtAlong, Stated

_BY_STATE: dict[CaseState, type[events.CaseEvent]] = {
    CaseState.PLANNED: events.CasePlanned,
    CaseState.OBSERVING: events.CaseOpened,
    CaseState.REFERRED: events.CaseReferred,
    CaseState.RELEASE_REQUESTED: events.ReleaseRequested,
    CaseState.RELEASED: events.CaseReleased,
    CaseState.CANCELLED: events.CaseCancelled,
}


async def state_cases(deps: Deps) -> AsyncIterator[Stated]:
    """Yield the event of each case's state, with the time of the last line of its log."""
    async for case in deps.store.cases.every():
        if case.state in _BY_STATE:
            changed_at = await deps.store.changed_at(case.case_id) or deps.clock.now()
            yield Stated(_BY_STATE[case.state].of(case, reason=case.ground), changed_at)


CASES = BroughtAlong(events.CASES, state_cases)
