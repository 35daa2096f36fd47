"""Imports of rosters over HTTP: accepted at once, carried out in steps, asked after by their id."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Response, UploadFile

from services.registration.domain.imports import Import, Kind, RowProblem, SkippedRows
from services.registration.rosters.row_texts import chinese_of_row, failure_in
from services.registration.routes.callers import Employing, Importing, Language, Office, Staff, Uses, listed_area
from services.registration.schemas.imports import ImportItem, ImportView, PreviewView, RowProblemItem, SkippedRowsItem
from services.registration.usecases import Deps, accepting, import_work
from shared.base.errors import DomainError
from shared.base.json_types import Json
from shared.base.plain_text import unwanted
from shared.web.access import Principal
from shared.web.http import api_router
from shared.web.ids import Id, MaybeId, MaybePath
from shared.web.language import ZH
from shared.web.pages import Listed, Page

router = api_router("imports", about="Rosters of places and residents, from spreadsheets.")
_LOCATION = {"description": "Where to ask how far the import is", "schema": {"type": "string"}}
_CHOSEN = "A UUIDv7 that the caller chooses: the same file with it again gives the same import, also after its end"
_WHOLE = "All rows or none: a file with a bad row is refused, and nothing of it is stored"
Whole = Annotated[bool, Form(description=_WHOLE)]
ChosenId = Annotated[MaybeId, Form(description=_CHOSEN)]
_ACCEPTED: dict[int | str, Json] = {202: {"headers": {"Location": _LOCATION}}}  # Any: FastAPI's own type


@router.post("/imports/places", status_code=202, responses=_ACCEPTED)
async def import_places(
    file: UploadFile, deps: Uses, caller: Office, response: Response, language: Language, import_id: ChosenId = ""
) -> ImportView:
    """Accept a roster of places from .xlsx or .csv: 级别, 编码, 名称, 上级 (R1.12); `Location` shows how far it is."""
    return await _accepted(deps, caller, Kind.PLACES, file, response, language, import_id)


@router.post("/imports/residents", status_code=202, responses=_ACCEPTED)
async def import_residents(
    file: UploadFile,
    deps: Uses,
    caller: Staff,
    response: Response,
    language: Language,
    import_id: ChosenId = "",
    whole: Whole = False,
) -> ImportView:
    """Accept a roster of residents from .xlsx or .csv (UTF-8 or GBK); `Location` shows how far it is (R1.12).

    With `whole` a file with a bad row is refused (400, `import.bad_rows`): as it is read, and as things stand then.
    """
    return await _accepted(deps, caller, Kind.RESIDENTS, file, response, language, import_id, whole)


@router.post("/imports/staff", status_code=202, responses=_ACCEPTED)
async def import_staff(
    file: UploadFile, deps: Uses, caller: Office, response: Response, language: Language, import_id: ChosenId = ""
) -> ImportView:
    """Accept a sheet of staff: 姓名, 电话, 单位, 资质, 职责, 负责区域, 账号 (R1.2); `Location` shows how far it is."""
    return await _accepted(deps, caller, Kind.STAFF, file, response, language, import_id)


@router.post("/imports/staff/preview")
async def preview_staff(file: UploadFile, deps: Uses, caller: Office, language: Language) -> PreviewView:
    """Show what a sheet of staff would do, and every bad row; nothing is stored (R1.2)."""
    return await _previewed(deps, caller, Kind.STAFF, file, language)


@router.post("/imports/employees", status_code=202, responses=_ACCEPTED)
async def import_employees(
    file: UploadFile, deps: Uses, caller: Employing, response: Response, language: Language, import_id: ChosenId = ""
) -> ImportView:
    """Accept an employer's sheet of staff: 姓名, 身份证号, 电话, 单位, 岗位, 车间, 班组, 班次, 家属 (R1.10)."""
    return await _accepted(deps, caller, Kind.EMPLOYEES, file, response, language, import_id)


@router.post("/imports/employees/preview")
async def preview_employees(file: UploadFile, deps: Uses, caller: Employing, language: Language) -> PreviewView:
    """Show what an employer's sheet of staff would do, and every bad row; nothing is stored (R1.10)."""
    return await _previewed(deps, caller, Kind.EMPLOYEES, file, language)


@router.post("/imports/residents/preview")
async def preview_residents(file: UploadFile, deps: Uses, caller: Staff, language: Language) -> PreviewView:
    """Show what a roster of residents would do, and every bad row; nothing is stored (R1.12)."""
    return await _previewed(deps, caller, Kind.RESIDENTS, file, language)


@router.post("/imports/places/preview")
async def preview_places(file: UploadFile, deps: Uses, caller: Office, language: Language) -> PreviewView:
    """Show what a roster of places would do, and every bad row; nothing is stored (R1.12)."""
    return await _previewed(deps, caller, Kind.PLACES, file, language)


@router.get("/imports")
async def list_imports(
    deps: Uses, caller: Staff, listing: Listed, language: Language, within: MaybePath = ""
) -> Page[ImportItem]:
    """List the imports within an area path, by default the caller's own, the newest first, a page at a time."""
    path = listed_area(caller, within)
    stored, following = await deps.store.imports.page(path, listing.after, listing.limit)
    items = (ImportItem.of(one, failure=failure_in(one.failure, chinese=language == ZH)) for one in stored)
    return listing.page(items, following)


@router.get("/imports/{import_id}")
async def show_import(import_id: Id, deps: Uses, caller: Importing, language: Language) -> ImportView:
    """Show how far an import is, and every bad row that is known."""
    return _view(*await import_work.show(deps, caller, import_id), language)


async def _previewed(deps: Deps, caller: Principal, kind: Kind, file: UploadFile, language: str) -> PreviewView:
    preview = await accepting.preview(deps, caller, kind, await file.read())
    return PreviewView.of(
        preview, problems=_problems(preview.problems, language), skipped=_skipped(preview.skipped, language)
    )


async def _accepted(
    deps: Deps,
    caller: Principal,
    kind: Kind,
    file: UploadFile,
    response: Response,
    language: str,
    chosen_id: str,
    whole: bool = False,
) -> ImportView:
    if wrong := unwanted(file.filename or ""):
        chinese = "文件名中有不可用的字符：请改名后重新导入"
        raise DomainError("request.invalid", f"The name of the file {wrong}", detail_zh=chinese)
    import_id = await accepting.accept(deps, caller, kind, await file.read(), file.filename, chosen_id, whole)
    response.headers["Location"] = f"/v1/imports/{import_id}"
    return _view(*await import_work.show(deps, caller, import_id), language)


def _view(imported: Import, problems: Sequence[RowProblem], language: str) -> ImportView:
    return ImportView.of(
        imported,
        problems=_problems(problems, language),
        skipped=_skipped(imported.skipped, language),
        failure=failure_in(imported.failure, chinese=language == ZH),
    )


def _problems(problems: Sequence[RowProblem], language: str) -> list[RowProblemItem]:
    return [RowProblemItem.of(one._replace(problem=_in(language, one.problem))) for one in problems]


def _skipped(skipped: Sequence[SkippedRows], language: str) -> list[SkippedRowsItem]:
    return [SkippedRowsItem.of(one._replace(reason=_in(language, one.reason))) for one in skipped]


def _in(language: str, text: str) -> str:
    return chinese_of_row(text) if language == ZH else text
