"""The staff of employers (员工) over HTTP: for the office of the area, and for the employer's own clerks."""

from fastapi.responses import StreamingResponse

from services.registration.routes.callers import EmployerReader, Employing, Staff, Uses
from services.registration.routes.exports import SHEET
from services.registration.schemas.employers import (
    DepartureBody,
    EmployeeBody,
    EmployeeFilter,
    EmployeeItem,
    EmployeeSheetBody,
    EmployeeView,
    EmploymentItem,
    employee_item,
    employee_view,
    employment_item,
)
from services.registration.usecases import Deps, employee_sheets, employees, employers
from services.registration.usecases.employees import Entry
from services.registration.usecases.residents import visible
from shared.base.sheet_streams import MEDIA_TYPES
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page
from shared.web.step_up import Fresh

EMPLOYEES, PURPOSE, EXPORT_PURPOSE = "employees", "staff of an employer", "export of a list with names"

router = api_router("employees", about="Staff of employers: who works where, and who may come in today.")


@router.post("/employers/{employer_id}/employees", status_code=201)
async def state_employee(
    employer_id: Id, body: EmployeeBody, deps: Uses, caller: Employing, disclosures: Disclosing, purpose: Reading
) -> EmployeeView:
    """State a member of an employer's staff from a day on; who is known is changed, who had left returns (R1.10)."""
    entry = await employees.state(deps, caller, employer_id, body.stated(deps.today), body.reason)
    return await _answer(entry, caller, disclosures, purpose)


@router.get("/employers/{employer_id}/employees")
async def list_employees(
    employer_id: Id,
    deps: Uses,
    caller: EmployerReader,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    show: EmployeeFilter = EmployeeFilter.HERE,
) -> Page[EmployeeItem]:
    """List the staff of an employer, a page at a time: those who work there, who may not come in, or who have left."""
    employer = await employers.visible(deps, caller, employer_id)
    left = show is EmployeeFilter.LEFT
    stored, following = await deps.store.employees.page(employer_id, left, listing.after, listing.limit)
    await disclosures.record_list(caller, EMPLOYEES, employer.area_path, purpose.usual(PURPOSE))
    entries = await employees.entries_for(deps, caller, employer, stored)
    if show is EmployeeFilter.ABSENT:
        entries = [one for one in entries if one.employee.works_on(deps.today) and not one.may_work]
    return listing.page([employee_item(one) for one in entries], following)


@router.get("/employers/{employer_id}/employees/{employee_id}")
async def show_employee(
    employer_id: Id, employee_id: Id, deps: Uses, caller: Employing, disclosures: Disclosing, purpose: Reading
) -> EmployeeView:
    """Show a member of an employer's staff with the family at home, and every change of the entry."""
    employer = await employers.manageable(deps, caller, employer_id)
    employee = await employees.one_of(deps, employer, employee_id)
    entry = await employees.entry_for(deps, caller, employer, employee)
    return await _answer(entry, caller, disclosures, purpose)


@router.post("/employers/{employer_id}/employees/{employee_id}/departure")
async def end_employee(
    employer_id: Id,
    employee_id: Id,
    body: DepartureBody,
    deps: Uses,
    caller: Employing,
    disclosures: Disclosing,
    purpose: Reading,
) -> EmployeeView:
    """Let a member of staff have left from a day on; the entry stays. Again, it changes nothing."""
    entry = await employees.leave(deps, caller, employer_id, employee_id, body.day or deps.today, body.reason)
    return await _answer(entry, caller, disclosures, purpose)


@router.post("/employers/{employer_id}/employees/export", responses=SHEET, response_class=StreamingResponse)
async def export_employees(
    employer_id: Id,
    body: EmployeeSheetBody,
    deps: Uses,
    caller: Employing,
    disclosures: Disclosing,
    purpose: Reading,
    fresh: Fresh,
) -> StreamingResponse:
    """Return the staff of an employer as .xlsx or .csv, as the sheet that is imported, with who may come in today.

    It takes a fresh sign-in by a second factor, and is recorded as a reading.
    """
    fresh.require()
    employer = await employers.manageable(deps, caller, employer_id)
    await disclosures.record_list(caller, "export of employees", employer.area_path, purpose.usual(EXPORT_PURPOSE))
    kept_as = {
        "Content-Disposition": f'attachment; filename="employees.{body.form.value}"',
        "Cache-Control": "no-store",
    }
    pieces = employee_sheets.write(deps, employer, body.form)
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[body.form], headers=kept_as)


@router.get("/residents/{resident_id}/employments")
async def list_employments(
    resident_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> list[EmploymentItem]:
    """List for which employers a resident works or has worked."""
    resident = await visible(deps, caller, resident_id)
    await disclosures.record(caller, EMPLOYEES, resident_id, resident.area_path, purpose.usual(PURPOSE))
    return await _employments(deps, resident_id)


async def _employments(deps: Deps, resident_id: str) -> list[EmploymentItem]:
    stored = await deps.store.employees.of_resident(resident_id)
    known = {one.employer_id: one for one in await deps.store.employers.each({o.employer_id for o in stored})}
    return [employment_item(one, known.get(one.employer_id)) for one in stored]


async def _answer(entry: Entry, caller: Principal, disclosures: Disclosures, purpose: Purpose) -> EmployeeView:
    """Return an entry and record the reading."""
    one = entry.employee
    await disclosures.record(
        caller, EMPLOYEES, one.resident_id or one.employee_id, one.area_path, purpose.usual(PURPOSE)
    )
    return employee_view(entry)
