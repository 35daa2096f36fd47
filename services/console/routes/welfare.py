"""Welfare of staff: records with totals by unit, three forms, terms proposed and approved, exports (R1.13)."""

import asyncio

from fastapi.responses import HTMLResponse, Response

from services.console.client import staff, views, welfare
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import MOST_NAMES, OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items, state_export
from services.console.routes.people import or_none
from services.console.showing import sheets
from services.console.showing.texts import N_
from shared.base.ids import new_id
from shared.web.roles import Role

KINDS = ("insurance", "pledge", "goods")
ROWS, STAFF_LISTED = 50, 200
FORMS = {
    "enrolments": ("terms_id", "starts_on"),
    "pledges": ("terms_id", "signed_on", "witness_id"),
    "goods": ("item", "quantity", "received_on", "signature"),
}
_FILLED = ("request_id", *(name for names in FORMS.values() for name in names))
_TERMS = ("terms_id", "kind", "version", "since", "source", "text", "insurer")
_OF_RECORD = (N_("Name"), N_("Account"), N_("Unit"), N_("What"), N_("From"), N_("Until"), N_("Version"))
_HEADING = (*_OF_RECORD, N_("Insurer"), N_("Quantity"), N_("Witness"), N_("Signature"))

router = page_router()


@router.get("/welfare")
async def list_welfare(visit: Person, kind: str = "insurance", after: str = "") -> HTMLResponse:
    """Show the records of a kind, the totals by unit, and the forms."""
    return await _list(visit, kind, after)


async def _list(
    visit: Staffed, kind: str, after: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    chosen = kind if kind in KINDS else "insurance"
    api = visit.api
    may_record = visit.is_one_of(OFFICE)
    page, totals, terms, people = await asyncio.gather(
        _records(visit, chosen, after, ROWS),
        or_none(api.get("registration", "/v1/welfare/totals", welfare.Totals)),
        or_none(api.get("registration", "/v1/welfare/terms", welfare.TermsList)),
        or_none(api.get("registration", "/v1/staff", views.Page[staff.StaffMember], limit=STAFF_LISTED)),
    )
    await visit.name_colleagues(*(one.person_id for one in page.items), *(one.witness_id for one in page.items))
    facts = {
        "kinds": KINDS,
        "chosen": chosen,
        "after": after,
        "page": page,
        "totals": totals.items if totals else None,
        "terms": {one.terms_id: one for one in terms.items} if terms else {},
        "people": people.items if people else [],
        "may_record": may_record,
        "may_propose": visit.is_one_of({Role.CITY}),
        "request_id": new_id(),
        "today": visit.deps.today,
        "filled": dict.fromkeys(_FILLED, "") | dict(visit.fields),
        "chosen_ids": visit.values("person_ids"),
    }
    return visit.page("welfare/list.html", status, problem=problem, **facts)


async def _records(visit: Staffed, kind: str, after: str, limit: int) -> views.Page[welfare.Record]:
    asked: list[tuple[str, str | int | bool | None]] = [("kind", kind), ("after", after), ("limit", limit)]
    return await visit.api.get_by("registration", "/v1/welfare", views.Page[welfare.Record], asked)


@router.post("/welfare/record/{what}")
async def record(visit: Acting, what: str) -> Response:
    """Record insurance, pledges or goods for the chosen persons."""
    kind = dict(zip(FORMS, KINDS, strict=True)).get(what, "insurance")
    names = FORMS.get(what, FORMS["enrolments"])
    body: dict[str, object] = {name: visit.value(name) for name in ("request_id", *names)}
    body |= {"person_ids": visit.values("person_ids")}
    path = f"/v1/welfare/{what if what in FORMS else 'enrolments'}"
    try:
        await visit.api.post("registration", path, views.Nothing, body)
    except (ApiRefused, ApiAway) as error:
        return await _list(visit, kind, "", problem_text(visit, error), error.status)
    return visit.go(f"/welfare?kind={kind}")


@router.post("/welfare/terms")
async def propose(visit: Acting) -> Response:
    """Propose terms of an insurance or the text of a pledge."""
    body: dict[str, object] = {name: visit.value(name) for name in _TERMS}
    body |= {name: visit.value(name) or 0 for name in ("days", "sum_yuan")}
    try:
        await visit.api.post("registration", "/v1/welfare/terms", welfare.Terms, body)
    except (ApiRefused, ApiAway) as error:
        return await _list(visit, visit.value("kind"), "", problem_text(visit, error), error.status)
    return visit.go(f"/welfare?kind={body['kind']}")


@router.post("/welfare/terms/{terms_id}/approve")
async def approve(visit: Acting, terms_id: str) -> Response:
    """Approve terms as the second person."""
    try:
        made = await visit.api.post("registration", f"/v1/welfare/terms/{terms_id}/approve", welfare.Terms)
    except (ApiRefused, ApiAway) as error:
        return await _list(visit, "insurance", "", problem_text(visit, error), error.status)
    return visit.go(f"/welfare?kind={made.kind}")


@router.post("/welfare/export")
async def export(visit: Acting) -> Response:
    """Return the records of a kind as .xlsx or .csv with names, as for the insurer; the export is recorded."""
    kind, form = visit.value("kind"), visit.value("form")
    chosen = kind if kind in KINDS else "insurance"
    try:
        await state_export(visit, "welfare")
        gathered = await gather_items(lambda after: _records(visit, chosen, after, 500))
        terms = await visit.api.get("registration", "/v1/welfare/terms", welfare.TermsList)
    except (ApiRefused, ApiAway) as error:
        return await _list(visit, chosen, "", problem_text(visit, error), error.status)
    ids = list(dict.fromkeys(one.person_id for one in gathered.rows))
    for at in range(0, len(ids), MOST_NAMES):
        await visit.name_colleagues(*ids[at : at + MOST_NAMES])
    by_id = {one.terms_id: one for one in terms.items}
    rows = [_row(visit, one, by_id.get(one.terms_id or "")) for one in gathered.rows]
    name = f"welfare-{chosen}"
    if form == "xlsx" and not gathered.is_cut:
        content = sheets.xlsx_of([visit.text(title) for title in _HEADING], rows)
        return Response(
            content, media_type=sheets.XLSX, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
        )
    return answer_csv(visit, name, _HEADING, rows, gathered.is_cut)


def _row(visit: Staffed, one: welfare.Record, terms: welfare.Terms | None) -> list[object]:
    known = visit.known.get(one.person_id)
    what = one.item or visit.word("welfare_kind", one.kind)
    row: list[object] = [known.name if known else "", one.person_id, one.unit, what]
    row += [one.starts_on, one.ends_on, terms.version if terms else "", terms.insurer if terms else ""]
    return [*row, one.quantity, one.witness_id, one.signature]
