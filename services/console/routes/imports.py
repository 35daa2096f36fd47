"""Rosters: drop a file, see what it would do, confirm, follow its progress, and take the bad rows away to correct."""

import json

from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from services.console.client import mappings, rosters, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.histories import show_import
from services.console.routes.import_mappings import by_title
from services.console.showing import sheets
from services.console.showing.texts import N_

_MAPPED_BY_HAND = ("import.columns_missing", "import.mapping_lacks", "import.mapping_misses")
PROBLEMS = 200  # so many bad rows stand on the page; the sheet has all
_HEADING = (N_("Row"), N_("Column"), N_("What is wrong"))

router = page_router()


@router.get("/imports")
async def list_imports(visit: Person, after: str = "") -> HTMLResponse:
    """Show the form and the imports of the area, the newest first."""
    return await _listed(visit, after)


async def _listed(
    visit: Staffed,
    after: str = "",
    problem: str | None = None,
    status: int = 200,
    preview: rosters.Preview | None = None,
    file: mappings.FileColumns | None = None,
) -> HTMLResponse:
    page = await visit.api.get("registration", "/v1/imports", views.Page[rosters.ImportItem], after=after, limit=50)
    kinds = _kinds(visit)
    facts = {"page": page, "kinds": kinds, "kind": _kind(visit), "preview": preview, "most": PROBLEMS}
    facts |= {"columns": file, "mapped": by_title(visit), "remember": visit.value("remember")}
    return visit.page("imports/list.html", status, problem=problem, **facts)


def _kinds(visit: Staffed) -> list[str]:
    return ["residents", "places", "staff", "employees"] if visit.is_one_of(OFFICE) else ["residents"]


@router.post("/imports/preview")
async def preview(visit: Acting) -> HTMLResponse:
    """Show what a roster would do, without scripts as a whole page; nothing is stored.

    Where its heading is not known, or the person asks for it, the columns are mapped by hand first.
    """
    problem = None
    try:
        name, content = await file_of(visit)
        if not visit.value("by_hand"):
            try:
                path, fields = f"/v1/imports/{_kind(visit)}/preview", _mapping(visit)
                facts = await visit.api.upload("registration", path, rosters.Preview, name, content, fields)
            except ApiRefused as error:
                if error.code not in _MAPPED_BY_HAND:
                    raise
                problem = problem_text(visit, error)
            else:
                return await _answer(visit, preview=facts)
        row = visit.value("heading_row")
        asked = {"kind": _kind(visit), "heading_row": row if row.isdecimal() else ""}
        path = "/v1/imports/columns"
        columns = await visit.api.upload("registration", path, mappings.FileColumns, name, content, asked)
    except (ApiAway, ApiRefused) as error:
        return await _answer(visit, problem_text(visit, error), error.status)
    return await _answer(visit, problem, file=columns)


async def _answer(
    visit: Staffed,
    problem: str | None = None,
    status: int = 200,
    preview: rosters.Preview | None = None,
    file: mappings.FileColumns | None = None,
) -> HTMLResponse:
    if not visit.is_partial:
        return await _listed(visit, problem=problem, status=status, preview=preview, file=file)
    facts = {"columns": file, "mapped": by_title(visit), "remember": visit.value("remember"), "most": PROBLEMS}
    return visit.page("imports/preview.html", preview=preview, problem=problem, **facts)


def _mapping(visit: Staffed) -> dict[str, str]:
    """Return the fields of the mapping by hand, none where the form has none."""
    chosen = by_title(visit)
    return {"mapping": json.dumps(chosen, ensure_ascii=False)} if chosen else {}


@router.post("/imports")
async def begin(visit: Acting) -> Response:
    """Import a roster: the good rows, or all rows or none."""
    fields = _mapping(visit)
    if fields and visit.value("remember"):
        fields["remember"] = "true"
    if visit.value("whole") and _kind(visit) == "residents":
        fields["whole"] = "true"
    try:
        name, content = await file_of(visit)
        path = f"/v1/imports/{_kind(visit)}"
        accepted = await visit.api.upload("registration", path, rosters.Import, name, content, fields)
    except ApiRefused as error:
        return await _listed(visit, problem=problem_text(visit, error), status=error.status)
    return visit.go(f"/imports/{accepted.import_id}")


async def file_of(visit: Staffed) -> tuple[str, bytes]:
    """Return the file of the form. Raises `ApiRefused` where there is none."""
    form = await visit.request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise ApiRefused("console", 422, "console.no_file", visit.text(N_("Choose a file first.")))
    return file.filename, await file.read()


def _kind(visit: Staffed) -> str:
    kind = visit.value("kind", "residents")
    return kind if kind in sheets.TEMPLATES else "residents"


@router.get("/imports/template/{kind}.xlsx")
async def template(visit: Person, kind: str) -> Response:
    """Return an empty roster to fill in."""
    if kind not in sheets.TEMPLATES:
        raise HTTPException(404)
    name = f'attachment; filename="{kind}.xlsx"'
    return Response(sheets.template_of(kind), media_type=sheets.XLSX, headers={"Content-Disposition": name})


@router.get("/imports/{import_id}")
async def show(visit: Person, import_id: str) -> HTMLResponse:
    """Show how far an import is; htmx asks for the progress alone, until it is finished."""
    return await show_import(visit, import_id, most=PROBLEMS)


@router.get("/imports/{import_id}/errors.csv")
async def errors(visit: Person, import_id: str) -> Response:
    """Return every bad row of an import as .csv."""
    imported = await visit.api.get("registration", f"/v1/imports/{import_id}", rosters.Import)
    rows = [(one.row, one.column, one.problem) for one in imported.problems]
    content = sheets.csv_of([visit.text(title) for title in _HEADING], rows)
    name = f'attachment; filename="errors-{import_id[:8]}.csv"'
    return Response(content, media_type=sheets.CSV, headers={"Content-Disposition": name})
