"""People: search, the list of an area and its export, and the file of a household and of a resident.

No address holds a name: a search is a form that is kept sealed in the session, and its page names it by an id.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.client.particulars import Particulars
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_rows, state_export
from services.console.showing.texts import N_
from services.console.usecases import searches
from services.console.usecases.searches import Search

ROWS = 50
MOST_LOOKED_UP = 200  # on a page of a search
LONGEST_Q = 60
_HEADING = (N_("Name"), N_("Door"), N_("Phone"), N_("Special care"))

router = page_router()
T = TypeVar("T")
WithinQuery = Annotated[str, Query(max_length=LONGEST_PATH)]


@dataclass(frozen=True)
class Row:
    """A resident in a list, with the name where it could be looked up."""

    item: views.ResidentItem
    named: views.Named | None
    number: str = ""  # of the ID number what a search answers


@dataclass(frozen=True)
class Listed:
    """A page of residents, what leads to the next one, and by what they were looked up."""

    rows: list[Row]
    following: str | None
    looked_for: Sequence[str] = ()


@router.get("/people")
async def list_people(visit: Person, within: WithinQuery = "", search: str = "", after: str = "") -> HTMLResponse:
    """Show the residents of an area, or those of a search; htmx asks for the table alone."""
    kept = await searches.find(visit.deps, visit.user, search) if search else Search("", within)
    problem = None if kept else visit.text(N_("The search is kept no longer: type it again."))
    wanted = kept or Search("", within)
    listed = Listed([], None)
    places: list[views.Place] = []
    try:
        listed, places = await asyncio.gather(_listed(visit, wanted, after, ROWS), visit.places())
    except (ApiAway, ApiRefused) as error:
        problem = problem_text(visit, error)
    query = urlencode({"search": search} if wanted.q else {"within": wanted.within} if wanted.within else {})
    template = "people/table.html" if visit.is_partial else "people/list.html"
    facts = {"listed": listed, "places": places, "wanted": wanted, "query": query, "after": after}
    return visit.page(template, problem=problem, **facts)


@router.post("/people")
async def search_people(visit: Acting) -> Response:
    """Keep a search, and lead to its page; without a text to the list of the area."""
    wanted = _wanted(visit)
    if not wanted.q:
        return visit.go("/people" + (f"?{urlencode({'within': wanted.within})}" if wanted.within else ""))
    return visit.go(f"/people?search={await searches.keep(visit.deps, visit.user, wanted)}")


@router.post("/people.csv")
async def export_people(visit: Acting) -> Response:
    """Return the list as .csv, as it is on the page, up to some thousand rows; the export is stated first."""
    wanted = _wanted(visit)
    await state_export(visit, "residents", wanted.within)

    async def read(after: str) -> tuple[Sequence[Row], str | None]:
        part = await _listed(visit, wanted, after, 500)
        return part.rows, part.following

    listed = await gather_rows(read)
    return answer_csv(visit, "residents", _HEADING, (_cells(visit, row) for row in listed.rows), listed.is_cut)


def _wanted(visit: Staffed) -> Search:
    """Return the search of a form; longer texts than a form of ours sends are cut."""
    return Search(visit.value("q")[:LONGEST_Q], visit.value("within")[:LONGEST_PATH])


def _cells(visit: Staffed, row: Row) -> list[object]:
    care = ", ".join(visit.word("care", code) for code in row.item.categories)
    named = row.named
    return [named.name, named.door, named.phone, care] if named else ["", row.item.area_path, "", care]


async def _listed(visit: Staffed, search: Search, after: str, limit: int) -> Listed:
    if search.q.strip():
        return await _looked_up(visit, search, after, min(limit, MOST_LOOKED_UP))
    kind = views.Page[views.ResidentItem]
    page = await visit.api.get("registration", "/v1/residents", kind, within=search.within, after=after, limit=limit)
    names = await visit.names(one.resident_id for one in page.items)
    return Listed([Row(one, names.get(one.resident_id)) for one in page.items], page.next)


async def _looked_up(visit: Staffed, search: Search, after: str, limit: int) -> Listed:
    body = {"text": search.q, "within": search.within, "cursor": after or None, "limit": limit}
    page = await visit.api.look_up("registration", "/v1/residents/look-up", views.LookedUp, body)
    return Listed([Row(one, one, one.masked_number) for one in page.items], page.next, page.looked_for)


@router.get("/people/{resident_id}")
async def show_resident(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the file of a resident: the colour and why, the household, the cases."""
    path = f"/v1/residents/{resident_id}"
    resident = await visit.api.get("registration", path, views.Resident)
    standing, history, cases, household, known = await asyncio.gather(
        or_none(visit.api.get("registration", f"{path}/standing", views.Standing)),
        or_none(visit.api.get("registration", f"{path}/standing/history", views.Page[views.StandingChange])),
        or_none(visit.api.get("isolation", "/v1/cases", views.Page[views.Case], resident_id=resident_id)),
        or_none(
            visit.api.get(
                "registration", "/v1/residents", views.Page[views.ResidentItem], within=resident.area_path, limit=ROWS
            )
        ),
        or_none(visit.api.get("registration", f"{path}/particulars", Particulars)),
    )
    members = [one for one in household.items if one.household_id == resident.household_id] if household else []
    names = await visit.names([resident_id, *(one.resident_id for one in members)])
    await visit.name_colleagues(resident.keeper_id, standing.officer if standing else None)
    return visit.page(
        "people/file.html",
        resident=resident,
        named=names.get(resident_id),
        members=[Row(one, names.get(one.resident_id)) for one in members],
        standing=standing,
        history=history,
        cases=cases,
        known=known,
    )


async def or_none(asked: Awaitable[T]) -> T | None:
    """Return what a service answers; None where it does not answer, so that the rest of the page is facts."""
    try:
        return await asked
    except (ApiAway, ApiRefused):
        return None
