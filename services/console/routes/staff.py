"""The staff directory: search, the list of an area and its export, an entry with its history, changed and ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import staff, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_items, state_export
from services.console.routes.people import LONGEST_Q, or_none
from services.console.showing.staff_words import WORDS
from services.console.showing.texts import N_
from services.console.usecases import searches
from services.console.usecases.searches import Search

ROWS = 50
_HEADING = (N_("Name"), N_("Phone"), N_("Unit"), N_("Qualifications"), N_("Duties"), N_("Area"), N_("Account"))
_FACTS = ("name", "phone", "unit", "area_path", "since", "reason", "person_id")

router = page_router()
WithinQuery = Annotated[str, Query(max_length=LONGEST_PATH)]


@dataclass(frozen=True)
class Asked:
    """Which staff a person chose to see; "" narrows nothing."""

    within: str
    duty: str
    qualification: str
    ended: bool

    @classmethod
    def of(cls, within: str, duty: str, qualification: str, ended: bool) -> "Asked":
        """Return what is asked for, without duties and qualifications that there are none of."""
        known_duty = duty if duty in WORDS["staff_duty"] else ""
        known = qualification if qualification in WORDS["qualification"] else ""
        return cls(within[:LONGEST_PATH], known_duty, known, ended)

    def fields(self) -> dict[str, object]:
        """Return what narrows the list."""
        return {name: value for name, value in vars(self).items() if value}


@router.get("/staff")
async def list_staff(
    visit: Person,
    within: WithinQuery = "",
    duty: str = "",
    qualification: str = "",
    ended: bool = False,
    search: str = "",
    after: str = "",
) -> HTMLResponse:
    """Show the staff of an area by duty and qualification, or those of a search."""
    kept = await searches.find(visit.deps, visit.user, search) if search else None
    problem = visit.text(N_("The search is kept no longer: type it again.")) if search and kept is None else None
    asked = Asked.of(kept.within if kept else within, duty, qualification, ended)
    q = kept.q if kept else ""
    page, places = await asyncio.gather(_page(visit, asked, q, after, ROWS), visit.places())
    query = urlencode(asked.fields() | ({"search": search} if q else {}))
    facts = {"page": page, "places": places, "asked": asked, "q": q, "query": query, "after": after}
    return visit.page("staff/list.html", problem=problem, words=WORDS, may_change=visit.is_one_of(OFFICE), **facts)


@router.post("/staff")
async def search_staff(visit: Acting) -> Response:
    """Keep a search by name, and lead to its page; without a text to the list."""
    asked = _read_choice(visit)
    chosen = asked.fields()
    if q := visit.value("q")[:LONGEST_Q]:
        chosen["search"] = await searches.keep(visit.deps, visit.user, Search(q, asked.within))
    return visit.go("/staff" + (f"?{urlencode(chosen)}" if chosen else ""))


@router.post("/staff.csv")
async def export_staff(visit: Acting) -> Response:
    """Return the list as .csv; the export is stated first."""
    asked, q = _read_choice(visit), visit.value("q")[:LONGEST_Q]
    await state_export(visit, "staff", asked.within)
    listed = await gather_items(lambda after: _page(visit, asked, q, after, 500))
    return answer_csv(visit, "staff", _HEADING, [_cells(visit, one) for one in listed.rows], listed.is_cut)


def _read_choice(visit: Staffed) -> Asked:
    return Asked.of(
        visit.value("within"), visit.value("duty"), visit.value("qualification"), bool(visit.value("ended"))
    )


def _cells(visit: Staffed, one: staff.StaffMember) -> list[object]:
    skills = ", ".join(visit.word("qualification", code) for code in one.qualifications)
    duties = ", ".join(visit.word("staff_duty", code) for code in one.duties_now)
    return [one.name, one.phone, one.unit, skills, duties, one.area_path, one.person_id]


async def _page(visit: Staffed, asked: Asked, q: str, after: str, limit: int) -> views.Page[staff.StaffMember]:
    kind = views.Page[staff.StaffMember]
    if not q:
        narrowed = [(name, "true" if value is True else str(value)) for name, value in asked.fields().items()]
        listed = [("after", after), ("limit", str(limit)), *narrowed]
        return await visit.api.get_by("registration", "/v1/staff", kind, listed)
    body = asked.fields() | {"q": q, "limit": limit} | ({"cursor": after} if after else {})
    return await visit.api.look_up("registration", "/v1/staff/search", kind, body)


@router.get("/staff/new")
async def new(visit: Person) -> HTMLResponse:
    """Show the form for a new entry."""
    return await _form(visit)


@router.post("/staff/new")
async def register(visit: Acting) -> Response:
    """Put a person into the directory."""
    try:
        made = await visit.api.post("registration", "/v1/staff", staff.StaffMember, _body(visit))
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, problem_text(visit, error), error.status)
    return visit.go(_address(made.person_id))


async def _form(visit: Staffed, problem: str | None = None, status: int = 200) -> HTMLResponse:
    filled = {name: visit.value(name) for name in _FACTS}
    chosen: dict[str, Sequence[str]] = {name: visit.values(name) for name in ("qualifications", "duties")}
    facts = {"filled": filled, "chosen": chosen, "places": await visit.places(), "words": WORDS}
    return visit.page("staff/new.html", status, problem=problem, today=visit.deps.today, **facts)


def _body(visit: Staffed) -> dict[str, object]:
    facts = {name: visit.value(name) or None for name in _FACTS}
    body: dict[str, object] = {name: value for name, value in facts.items() if value is not None}
    body.setdefault("area_path", visit.person.area)
    return body | {name: visit.values(name) for name in ("qualifications", "duties")}


@router.get("/staff/{person_id}")
async def show(visit: Person, person_id: str) -> HTMLResponse:
    """Show an entry with its dates and its history."""
    return await _show(visit, person_id)


async def _show(visit: Staffed, person_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    path = f"/v1/staff/{quote(person_id, safe='')}"
    kind = views.Page[staff.StaffChange]
    member, changes, places = await asyncio.gather(
        visit.api.get("registration", path, staff.StaffMember),
        or_none(visit.api.get("registration", f"{path}/changes", kind, limit=ROWS)),
        visit.places(),
    )
    await visit.name_colleagues(*(one.by for one in (changes.items if changes else ())))
    facts = {"member": member, "changes": changes, "places": places, "words": WORDS}
    filled = {"reason": visit.value("reason"), "may_change": visit.is_one_of(OFFICE), "today": visit.deps.today}
    return visit.page("staff/entry.html", status, problem=problem, **facts, **filled)


@router.post("/staff/{person_id}")
async def change(visit: Acting, person_id: str) -> Response:
    """Change an entry from a day on."""
    body = {name: value for name, value in _body(visit).items() if name != "person_id"}
    try:
        path = f"/v1/staff/{quote(person_id, safe='')}"
        await visit.api.send("PUT", "registration", path, json=body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, person_id, problem_text(visit, error), error.status)
    return visit.go(_address(person_id))


@router.post("/staff/{person_id}/end")
async def end(visit: Acting, person_id: str) -> Response:
    """End an entry."""
    body = {"reason": visit.value("reason")} | ({"day": visit.value("day")} if visit.value("day") else {})
    try:
        path = f"/v1/staff/{quote(person_id, safe='')}/end"
        await visit.api.post("registration", path, staff.StaffMember, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, person_id, problem_text(visit, error), error.status)
    return visit.go(_address(person_id))


def _address(person_id: str) -> str:
    return f"/staff/{quote(person_id, safe='')}"
