"""What a file holds beside name and number: papers, addresses, relation, consent, departure, return and death."""

import asyncio
from collections.abc import Sequence

from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from services.console.client import views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.client.particulars import Address, Paper, Particulars
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.showing.people_words import ADDRESSES, PAPERS, PRESENCES, RELATIONS

router = page_router()


@router.get("/people/{resident_id}/particulars")
async def show_particulars(visit: Person, resident_id: str) -> HTMLResponse:
    """Show what a file holds beside name and number, with a form for each part."""
    return await _show(visit, resident_id)


@router.post("/people/{resident_id}/papers")
async def change_papers(visit: Acting, resident_id: str) -> Response:
    """Add a paper, or take one out."""
    known = await _read(visit, resident_id)
    added = [Paper(kind=visit.value("kind"), number=visit.value("number"))] if visit.value("number") else []
    return await _put(visit, resident_id, "papers", {"papers": _rows(visit, known.papers, added)})


@router.post("/people/{resident_id}/addresses")
async def change_addresses(visit: Acting, resident_id: str) -> Response:
    """Add an address, or take one out."""
    known = await _read(visit, resident_id)
    added = [Address(kind=visit.value("kind"), text=visit.value("text"))] if visit.value("text") else []
    return await _put(visit, resident_id, "addresses", {"addresses": _rows(visit, known.addresses, added)})


@router.post("/people/{resident_id}/relation")
async def change_relation(visit: Acting, resident_id: str) -> Response:
    """State the relation to the head of the household."""
    typed = visit.value("relation")
    code = next((code for code in RELATIONS if visit.word("relation", code) == typed), typed)
    return await _put(visit, resident_id, "relation", {"relation": code})


@router.post("/people/{resident_id}/consent")
async def change_consent(visit: Acting, resident_id: str) -> Response:
    """State a consent, or that it is withdrawn."""
    body = {name: visit.value(name) or None for name in ("text_version", "given_on", "witness", "withdrawn_on")}
    return await _put(visit, resident_id, "consent", body)


@router.post("/people/{resident_id}/state")
async def change_state(visit: Acting, resident_id: str) -> Response:
    """State a departure, a return or a death."""
    body = {"presence": visit.value("presence"), "since": visit.value("since") or None, "note": visit.value("note")}
    return await _put(visit, resident_id, "state", body)


def _rows(visit: Staffed, known: Sequence[BaseModel], added: Sequence[BaseModel]) -> list[dict[str, object]]:
    """Return the rows that are known, without the one that the form takes out, and those that it adds."""
    out = visit.value("out")
    kept = [one for number, one in enumerate(known) if str(number) != out]
    return [one.model_dump() for one in (*kept, *added)]


async def _put(visit: Staffed, resident_id: str, part: str, body: object) -> Response:
    path = f"/v1/residents/{resident_id}/{part}"
    try:
        await visit.api.put("registration", path, Particulars, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, resident_id, problem_text(visit, error), error.status)
    return visit.go(f"/people/{resident_id}/particulars")


async def _read(visit: Staffed, resident_id: str) -> Particulars:
    return await visit.api.get("registration", f"/v1/residents/{resident_id}/particulars", Particulars)


async def _show(visit: Staffed, resident_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    resident, known = await asyncio.gather(
        visit.api.get("registration", f"/v1/residents/{resident_id}", views.Resident), _read(visit, resident_id)
    )
    choices = {"papers": PAPERS, "addresses": ADDRESSES, "relations": RELATIONS, "presences": PRESENCES}
    facts = {"resident": resident, "known": known, "choices": choices, "may_state": visit.is_one_of(OFFICE)}
    return visit.page("people/particulars.html", status, problem=problem, **facts)
