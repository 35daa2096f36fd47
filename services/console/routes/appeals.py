"""Appeals against a colour: the list that waits, one with what the colour rests on, and the decision (R1.9)."""

import asyncio
from dataclasses import dataclass

from fastapi.responses import HTMLResponse, Response

from services.console.client import appeals, movements, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICERS, Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items, state_export
from services.console.routes.people import or_none
from services.console.showing.texts import N_
from shared.base.ids import new_id
from shared.base.persons import same_person

STATES = ("open", "upheld", "rejected")
ROWS = 50
_HEADING = (
    N_("Due"),
    N_("Name"),
    N_("Door"),
    N_("Phone"),
    N_("Colour"),
    N_("By"),
    N_("What the person says"),
    N_("State"),
    N_("Decided by"),
    N_("Decision"),
)

router = page_router()


@dataclass(frozen=True)
class Ground:
    """What the colour of an appeal rests on, as far as the reader may see it."""

    order: views.ColourOrderFile | None = None
    case: views.Case | None = None
    journey: movements.Journey | None = None

    def is_of(self, subject: str) -> bool:
        """Whether this person gave or approved the order that it rests on."""
        return self.order is not None and any(
            same_person(subject, one) for one in (self.order.proposed_by, self.order.decided_by)
        )


@router.get("/appeals")
async def list_appeals(visit: Person, state: str = "open", after: str = "") -> HTMLResponse:
    """Show the appeals in one state, those that are due first before the others."""
    chosen = state if state in STATES else "open"
    page = await _page(visit, chosen, after, ROWS)
    names = await visit.names(one.resident_id for one in page.items)
    facts = {"state_chosen": chosen, "states": STATES, "after": after, "me": visit.person.subject}
    return visit.page("appeals/list.html", page=page, named=names, **facts)


async def _page(visit: Staffed, state: str, after: str, limit: int) -> views.Page[appeals.Appeal]:
    kind, sort = views.Page[appeals.Appeal], "due_at" if state == "open" else "-due_at"
    return await visit.api.get("registration", "/v1/appeals", kind, state=state, after=after, limit=limit, sort=sort)


@router.post("/appeals.csv")
async def export_appeals(visit: Acting) -> Response:
    """Return the list as .csv; the export is stated first."""
    state = visit.value("state") if visit.value("state") in STATES else "open"
    await state_export(visit, "appeals")
    listed = await gather_items(lambda after: _page(visit, state, after, 1_000))
    names = await visit.names(one.resident_id for one in listed.rows)
    return answer_csv(visit, "appeals", _HEADING, [_cells(visit, one, names) for one in listed.rows], listed.is_cut)


def _cells(visit: Staffed, one: appeals.Appeal, names: dict[str, views.Named]) -> list[object]:
    named = names.get(one.resident_id)
    who = [named.name, named.door, named.phone] if named else ["", one.area_path, ""]
    due = f"{visit.deps.pages.local(one.due_at):%Y-%m-%d %H:%M}"
    about = [visit.word("colour", one.colour), visit.word("rule", one.rule), one.text]
    return [due, *who, *about, visit.word("appeal_state", one.state), one.decided_by, one.decision]


@router.get("/appeals/new")
async def new(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the form of an appeal that is made for a resident."""
    return await _form(visit, resident_id, {"appeal_id": new_id(), "text": ""})


async def _form(
    visit: Staffed, resident_id: str, filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    standing, names = await asyncio.gather(
        or_none(visit.api.get("registration", f"/v1/residents/{resident_id}/standing", views.Standing)),
        visit.names([resident_id]),
    )
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "standing": standing, "filled": filled}
    return visit.page("appeals/new.html", status, problem=problem, **facts)


@router.post("/appeals")
async def make(visit: Acting) -> Response:
    """Appeal for a resident."""
    resident_id, filled = visit.value("resident_id"), {name: visit.value(name) for name in ("appeal_id", "text")}
    try:
        path = f"/v1/residents/{resident_id}/appeals"
        made = await visit.api.post("registration", path, appeals.Appeal, filled)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, resident_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/appeals/{made.appeal_id}")


@router.get("/appeals/{appeal_id}")
async def show(visit: Person, appeal_id: str) -> HTMLResponse:
    """Show an appeal beside the reasons of the colour, and the decision to give."""
    return await _show(visit, appeal_id)


async def _show(visit: Staffed, appeal_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    appeal = await visit.api.get("registration", f"/v1/appeals/{appeal_id}", appeals.Appeal)
    who = f"/v1/residents/{appeal.resident_id}"
    standing, history, earlier, ground, names = await asyncio.gather(
        or_none(visit.api.get("registration", f"{who}/standing", views.Standing)),
        or_none(visit.api.get("registration", f"{who}/standing/history", views.Page[views.StandingChange])),
        or_none(visit.api.get("registration", f"{who}/appeals", views.Page[appeals.Appeal])),
        _ground(visit, appeal),
        visit.names([appeal.resident_id]),
    )
    is_own = appeal.is_of(visit.person.subject)
    is_officer = visit.is_one_of(OFFICERS)
    return visit.page(
        "appeals/appeal.html",
        status,
        problem=problem,
        appeal=appeal,
        named=names.get(appeal.resident_id),
        standing=standing,
        history=history,
        earlier=[one for one in earlier.items if one.appeal_id != appeal_id] if earlier else [],
        ground=ground,
        is_own=is_own,
        is_officer=is_officer,
        may_decide=is_officer and not is_own and not ground.is_of(visit.person.subject),
        reason=visit.value("reason"),
    )


async def _ground(visit: Staffed, appeal: appeals.Appeal) -> Ground:
    """Return the order, the case or the journey that the colour rests on."""
    if appeal.rule == "manual" and visit.is_one_of(OFFICERS):
        path = f"/v1/colour-orders/{appeal.evidence}"
        return Ground(order=await or_none(visit.api.get("registration", path, views.ColourOrderFile)))
    if appeal.rule == "isolation":
        return Ground(case=await or_none(visit.api.get("isolation", f"/v1/cases/{appeal.evidence}", views.Case)))
    if appeal.rule == "risk_travel":
        path = f"/v1/journeys/{appeal.evidence}"
        return Ground(journey=await or_none(visit.api.get("registration", path, movements.Journey)))
    return Ground()


async def _decide(visit: Staffed, appeal_id: str, step: str) -> Response:
    path, body = f"/v1/appeals/{appeal_id}/{step}", {"reason": visit.value("reason")}
    try:
        await visit.api.post("registration", path, appeals.Appeal, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, appeal_id, problem_text(visit, error), error.status)
    return visit.go(f"/appeals/{appeal_id}")


@router.post("/appeals/{appeal_id}/uphold")
async def uphold(visit: Acting, appeal_id: str) -> Response:
    """Uphold an appeal."""
    return await _decide(visit, appeal_id, "uphold")


@router.post("/appeals/{appeal_id}/reject")
async def reject(visit: Acting, appeal_id: str) -> Response:
    """Reject an appeal."""
    return await _decide(visit, appeal_id, "reject")
