"""Employers (单位) over HTTP."""

from services.registration.domain.employers import Employer
from services.registration.routes.callers import EmployerReader, Office, Uses, listed_area
from services.registration.schemas.employers import (
    EmployerBody,
    EmployerCounts,
    EmployerFactsBody,
    EmployerItem,
    EmployerStateBody,
    EmployerView,
    KnownEmployerKind,
    KnownEmployerState,
    counts_view,
    employer_item,
    employer_view,
)
from services.registration.usecases import Deps, employees, employers
from shared.events.registration_employers import EmployerState
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

router = api_router("employers", about="Employers (单位), and who acts for them.")


@router.post("/employers", status_code=201)
async def register_employer(body: EmployerBody, deps: Uses, caller: Office) -> EmployerView:
    """Register an employer with its unified social credit code, its place and who acts for it (R1.10)."""
    since = body.since or deps.today
    return await _view(deps, await employers.register(deps, caller, body.employer_id, body.facts(), since, body.reason))


@router.get("/employers")
async def list_employers(
    deps: Uses,
    caller: EmployerReader,
    listing: Listed,
    within: MaybePath = "",
    kind: KnownEmployerKind | None = None,
    state: KnownEmployerState | None = None,
) -> Page[EmployerItem]:
    """List the employers of an area, by default the caller's own, a page at a time; a clerk's own ones."""
    if caller.roles.isdisjoint(employers.READERS):
        own, following = listing.part(await employers.own(deps, caller), lambda one: one.employer_id)
        stored = list(own)
    else:
        path = listed_area(caller, within)
        stored, following = await deps.store.employers.page(path, kind, state, listing.after, listing.limit)
    people = await deps.store.employees.counts([one.employer_id for one in stored])
    return listing.page([employer_item(one, people.get(one.employer_id, 0)) for one in stored], following)


@router.get("/employers/{employer_id}")
async def show_employer(employer_id: Id, deps: Uses, caller: EmployerReader) -> EmployerView:
    """Show an employer and every change of it."""
    return await _view(deps, await employers.visible(deps, caller, employer_id))


@router.put("/employers/{employer_id}")
async def change_employer(employer_id: Id, body: EmployerFactsBody, deps: Uses, caller: Office) -> EmployerView:
    """Change what is stated of an employer, and who acts for it; what was before is kept. Again, it changes nothing."""
    return await _view(deps, await employers.change(deps, caller, employer_id, body.facts(), body.reason))


@router.post("/employers/{employer_id}/state")
async def turn_employer(employer_id: Id, body: EmployerStateBody, deps: Uses, caller: Office) -> EmployerView:
    """Close an employer, or let it work again (复工), from a day on. Again, it changes nothing."""
    state, day = EmployerState(body.state), body.day or deps.today
    return await _view(deps, await employers.turn(deps, caller, employer_id, state, day, body.reason))


@router.get("/employers/{employer_id}/counts")
async def count_employees(employer_id: Id, deps: Uses, caller: EmployerReader) -> EmployerCounts:
    """Count who works for an employer today, by shift, and who of them may not come in."""
    employer = await employers.visible(deps, caller, employer_id)
    return counts_view(await employees.counts(deps, employer))


async def _view(deps: Deps, employer: Employer) -> EmployerView:
    people = await deps.store.employees.counts([employer.employer_id])
    return employer_view(employer, people.get(employer.employer_id, 0))
