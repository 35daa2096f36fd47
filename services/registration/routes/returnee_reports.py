"""Reports of returnees over HTTP: made by any resident, decided by the community (R1.5)."""

from typing import Annotated

from services.registration.domain.returnee_reports import ReturneeReport
from services.registration.routes.callers import AnyCaller, Staff, Uses, listed_area
from services.registration.schemas.returnee_reports import ReportBody, ReportView, UnfoundedBody, VerificationBody
from services.registration.usecases import Deps, returnee_reports
from shared.events.registration_reports import ReportState
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listing, Page, following_time, listed

REPORT, PURPOSE = "returnee_report", "verification of reports"

router = api_router("returnee reports", about="Reports of returnees by residents; no answer names the reporter.")


@router.post("/returnee-reports", status_code=201)
async def report_returnee(body: ReportBody, deps: Uses, caller: AnyCaller) -> ReportView:
    """Report a returnee at a place of the city: the community verifies it, and does not learn who reported (R1.5)."""
    report = await returnee_reports.report(
        deps, caller, body.report_id, body.area_path, body.door, body.about, body.origin_region or ""
    )
    return _view(deps, report)


@router.get("/returnee-reports")
async def list_returnee_reports(
    deps: Uses,
    caller: Staff,
    listing: Annotated[Listing, listed("due_at", "-due_at")],
    disclosures: Disclosing,
    purpose: Reading,
    state: ReportState = ReportState.OPEN,
    within: MaybePath = "",
) -> Page[ReportView]:
    """List the reports within an area path, by default the caller's own, a page at a time: overdue ones first."""
    path = listed_area(caller, within)
    store = deps.store.returnee_reports
    made = await store.page(path, state, listing.descends, listing.after_time, listing.limit)
    await disclosures.record_list(caller, REPORT, path, purpose.usual(PURPOSE))
    last = following_time(made[-1].due_at, made[-1].report_id) if len(made) == listing.limit else None
    return listing.page((_view(deps, one) for one in made), last)


@router.get("/returnee-reports/{report_id}")
async def show_returnee_report(
    report_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> ReportView:
    """Show a report to staff of its area and to who made it."""
    return await _answer(deps, await returnee_reports.find(deps, caller, report_id), caller, disclosures, purpose)


@router.post("/returnee-reports/{report_id}/verification")
async def verify_returnee_report(
    report_id: Id, body: VerificationBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ReportView:
    """Let a report be verified by the declaration that was made for the returnee (R1.5)."""
    report = await returnee_reports.verify(deps, caller, report_id, body.journey_id)
    return await _answer(deps, report, caller, disclosures, purpose)


@router.post("/returnee-reports/{report_id}/unfounded")
async def dismiss_returnee_report(
    report_id: Id, body: UnfoundedBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> ReportView:
    """Let a report be unfounded, with the reason (R1.5)."""
    report = await returnee_reports.dismiss(deps, caller, report_id, body.reason)
    return await _answer(deps, report, caller, disclosures, purpose)


async def _answer(
    deps: Deps, report: ReturneeReport, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> ReportView:
    """Return the view and record the reading, except the reporter's own: it would name the reporter to auditors."""
    if not returnee_reports.is_reporter(deps, caller, report):
        await disclosures.record(caller, REPORT, report.report_id, report.area_path, purpose.usual(PURPOSE))
    return _view(deps, report)


def _view(deps: Deps, report: ReturneeReport) -> ReportView:
    return ReportView.of(report, overdue=report.overdue(deps.clock.now()))
