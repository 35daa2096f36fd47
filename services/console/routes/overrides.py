"""Overrides: whom a gate let through against its verdict, reviewed by another officer than made it (R2.4)."""

from fastapi.responses import HTMLResponse, Response

from services.console.client import rules, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items, state_export
from services.console.showing.texts import N_

STATES = ("open", "reviewed")
OUTCOMES = ("justified", "unjustified")
ROWS = 50
_HEADING = (
    N_("When"),
    N_("Gate"),
    N_("Name"),
    N_("Door"),
    N_("Why"),
    N_("Let through by"),
    N_("State"),
    N_("Reviewed by"),
)

router = page_router()


@router.get("/overrides")
async def list_overrides(visit: Person, state: str = "open", after: str = "") -> HTMLResponse:
    """Show the overrides that wait for a review, or those that have one."""
    chosen = state if state in STATES else "open"
    page = await _page(visit, chosen, after, ROWS)
    names = await visit.names(one.resident_id for one in page.items if one.resident_id)
    facts = {"state_chosen": chosen, "states": STATES, "after": after, "me": visit.person.subject}
    return visit.page("overrides/list.html", page=page, named=names, **facts)


async def _page(visit: Staffed, state: str, after: str, limit: int) -> views.Page[rules.Override]:
    sort = "at" if state == "open" else "-at"
    kind = views.Page[rules.Override]
    return await visit.api.get("checkpoint", "/v1/overrides", kind, state=state, after=after, limit=limit, sort=sort)


@router.post("/overrides.csv")
async def export_overrides(visit: Acting) -> Response:
    """Return the list as .csv; the export is stated first."""
    state = visit.value("state") if visit.value("state") in STATES else "open"
    await state_export(visit, "overrides")
    listed = await gather_items(lambda after: _page(visit, state, after, 1_000))
    names = await visit.names(one.resident_id for one in listed.rows if one.resident_id)
    return answer_csv(visit, "overrides", _HEADING, [_cells(visit, one, names) for one in listed.rows], listed.is_cut)


def _cells(visit: Staffed, one: rules.Override, names: dict[str, views.Named]) -> list[object]:
    named = names.get(one.resident_id or "")
    who = [named.name, named.door] if named else ["", ""]
    state = "overdue" if one.overdue else one.state
    reviewed = "; ".join(
        f"{review.officer}: {visit.word('override_outcome', review.outcome)}" for review in one.reviews
    )
    at = f"{visit.deps.pages.local(one.at):%Y-%m-%d %H:%M}"
    why, word = visit.word("override", one.reason), visit.word("override_state", state)
    return [at, one.gate, *who, why, one.device_id, word, reviewed]


@router.get("/overrides/{override_id}")
async def show(visit: Person, override_id: str) -> HTMLResponse:
    """Show an override with its reviews, and the review to give."""
    return await _show(visit, override_id)


async def _show(visit: Staffed, override_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    one = await visit.api.get("checkpoint", f"/v1/overrides/{override_id}", rules.Override)
    named = (await visit.names([one.resident_id])).get(one.resident_id) if one.resident_id else None
    filled = {"outcome": visit.value("outcome"), "note": visit.value("note")}
    facts = {"one": one, "named": named, "is_own": one.is_of(visit.person.subject), "outcomes": OUTCOMES}
    return visit.page("overrides/override.html", status, problem=problem, filled=filled, **facts)


@router.post("/overrides/{override_id}/review")
async def review(visit: Acting, override_id: str) -> Response:
    """State whether the gate was right."""
    body = {"outcome": visit.value("outcome"), "note": visit.value("note")}
    try:
        await visit.api.post("checkpoint", f"/v1/overrides/{override_id}/review", rules.Override, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, override_id, problem_text(visit, error), error.status)
    return visit.go("/overrides")
