"""Who answers for a place (包保): on a day, over the years, and named from a day on."""

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import staff, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH
from services.console.routes.people import or_none
from services.console.showing.staff_words import WORDS

ROWS, MOST_STAFF = 50, 500
PATH = "/keepers"

router = page_router()
T = TypeVar("T")


@router.get(PATH)
async def show_keepers(
    visit: Person, path: Annotated[str, Query(max_length=LONGEST_PATH)] = "", day: date | None = None, after: str = ""
) -> HTMLResponse:
    """Show who answered for a door or a place on a day, and who has answered for it since there are records."""
    return await _show(visit, path, day, after)


async def _show(
    visit: Staffed,
    path: str,
    day: date | None = None,
    after: str = "",
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    chosen = path or visit.area.rstrip("/")  # of the whole city no person is asked for: a place is chosen first
    asked = [("path", chosen), ("day", day.isoformat() if day else "")]
    responsible, history, listed, places = await asyncio.gather(
        _if_chosen(chosen, visit.api.get_by("registration", "/v1/places/responsible", staff.Responsible, asked)),
        _if_chosen(chosen, _history(visit, chosen, after)),
        or_none(visit.api.get("registration", "/v1/staff", views.Page[staff.StaffMember], limit=MOST_STAFF)),
        visit.places(),
    )
    return visit.page(
        "keepers.html",
        status,
        problem=problem,
        path=chosen,
        day=day or visit.deps.today,
        today=visit.deps.today,
        responsible=responsible,
        history=history,
        members=listed.items if listed else [],
        places=places,
        words=WORDS,
        after=after,
        may_name=visit.is_one_of(OFFICE),
    )


async def _if_chosen(path: str, asked: Coroutine[None, None, T]) -> T | None:
    """Return what a service answers of a chosen place; None where it does not answer, or no place is chosen."""
    if not path:
        asked.close()
        return None
    return await or_none(asked)


async def _history(visit: Staffed, path: str, after: str = "", limit: int = ROWS) -> views.Page[staff.Period]:
    kind = views.Page[staff.Period]
    asked = [("path", path), ("after", after), ("limit", str(limit))]
    return await visit.api.get_by("registration", "/v1/places/keepers", kind, asked)


@router.post(PATH)
async def name_keepers(visit: Acting) -> Response:
    """Name one who answers for a place, in the place of those who are taken off, from a day on."""
    path = visit.value("path")
    try:
        present = [one for one in (await _history(visit, path, limit=1_000)).items if one.until is None]
        gone = set(visit.values("gone"))
        keepers = [
            {"person_id": one.person_id, "duty": one.duty}
            for one in present
            if f"{one.duty} {one.person_id}" not in gone
        ]
        if visit.value("person_id"):
            keepers.append({"person_id": visit.value("person_id"), "duty": visit.value("duty", "keeper")})
        body = {"keepers": keepers} | ({"since": visit.value("since")} if visit.value("since") else {})
        await visit.api.send("PUT", "registration", "/v1/places/keepers", params={"path": path}, json=body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, path, problem=problem_text(visit, error), status=error.status)
    return visit.go(f"{PATH}?{urlencode({'path': path})}")
