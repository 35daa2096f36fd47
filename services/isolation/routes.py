"""Isolation over HTTP."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from services.isolation import schemas
from services.isolation.domain import OPEN, Case, Slot, State
from services.isolation.usecases import STAFF, Deps, cases, measurements, orders
from shared.base.errors import Invalid, NotFound
from shared.store.mongo import Document
from shared.web import http
from shared.web.access import Principal, Role, allow

PAGE = 200

router = http.api_router("isolation")
Uses = Annotated[Deps, Depends(http.deps)]
Anyone = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*STAFF))]
Doctor = Annotated[Principal, Depends(allow(Role.DOCTOR))]
Above = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.post("/cases", status_code=201)
async def order(body: schemas.OrderBody, deps: Uses, caller: Doctor) -> schemas.CaseView:
    """Order isolation at home (居家隔离) or at a site (集中隔离), R3.1."""
    return _case(await orders.order(deps, caller, **body.model_dump()))


@router.get("/cases")
async def list_cases(
    deps: Uses, caller: Anyone, only_open: bool = True, resident_id: str = "", after: str = "", limit: Limit = PAGE
) -> schemas.CasePage:
    """List the cases of the caller's area, a page at a time; to others than staff, the own and those they keep."""
    following: str | None = None
    if resident_id:
        found = await deps.store.cases_of(resident_id)
    elif caller.roles.intersection(STAFF):
        found, following = await deps.store.cases_page(caller.area, only_open, after, limit)
    else:
        found = [*await deps.store.cases_of(caller.subject), *await deps.store.cases_kept_by(caller.subject)]
    shown = [case for case in found if cases.may_see(caller, case) and (case.state in OPEN or not only_open)]
    return schemas.CasePage(items=[_case(case) for case in shown], next=following)


@router.get("/cases/{case_id}")
async def show_case(case_id: str, deps: Uses, caller: Anyone) -> schemas.CaseView:
    """Show a case."""
    return _case(await cases.visible(deps, caller, case_id))


@router.get("/cases/{case_id}/log")
async def show_log(case_id: str, deps: Uses, caller: Anyone) -> list[schemas.LogLine]:
    """Show what happened to a case, by whom and why."""
    await cases.visible(deps, caller, case_id)
    return [schemas.LogLine.model_validate(line) for line in await deps.store.log(case_id)]


@router.get("/cases/{case_id}/measurements")
async def list_measurements(case_id: str, deps: Uses, caller: Anyone) -> list[schemas.MeasurementView]:
    """Show the measurements of a case: planned, reported and waived (R3.3)."""
    await cases.visible(deps, caller, case_id)
    return [_measurement(row) for row in await deps.store.measurements(case_id)]


@router.post("/cases/{case_id}/measurements", status_code=201)
async def report(case_id: str, body: schemas.ReportBody, deps: Uses, caller: Anyone) -> schemas.MeasurementView:
    """Report a temperature, by the person or for them (R3.3)."""
    if (body.day is None) != (body.half_day is None):
        raise Invalid("isolation.half_slot", "Name both 'day' and 'half_day', or neither for the present half day")
    slot = Slot(body.day, body.half_day) if body.day and body.half_day else None
    symptoms = sorted({symptom.value for symptom in body.symptoms})
    return _measurement(await measurements.report(deps, caller, case_id, slot, body.temperature_c, symptoms))


@router.post("/cases/{case_id}/waivers", status_code=201)
async def waive(case_id: str, body: schemas.WaiverBody, deps: Uses, caller: Doctor) -> list[schemas.MeasurementView]:
    """Say why measurements were never taken, so that the release does not wait for them (R3.6)."""
    slots = list(dict.fromkeys(Slot(one.day, one.half_day) for one in body.slots))
    waived = await measurements.waive_missed(deps, caller, case_id, slots, body.cause, body.note)
    return [_measurement(row) for row in waived]


@router.get("/measurements")
async def list_day(
    deps: Uses,
    caller: Staff,
    day: date | None = None,
    only_missing: bool = False,
    after: str = "",
    limit: Limit = PAGE,
) -> schemas.MeasurementPage:
    """List a day's measurements in the caller's area, by default today's; `only_missing`: due, and no report (R3.4)."""
    now = deps.clock.now()
    missing_at = now if only_missing else None
    found, following = await deps.store.measurements_page(caller.area, day or deps.today, missing_at, after, limit)
    return schemas.MeasurementPage(items=[_measurement(row) for row in found], next=following)


@router.post("/cases/{case_id}/extension")
async def extend(case_id: str, body: schemas.ExtensionBody, deps: Uses, caller: Doctor) -> schemas.CaseView:
    """Let a case last longer."""
    return _case(await cases.extend(deps, caller, case_id, body.extension_id, body.days, body.reason))


@router.post("/cases/{case_id}/return")
async def come_back(case_id: str, deps: Uses, caller: Doctor) -> schemas.CaseView:
    """Take the person back from the fever clinic to observation (R3.5)."""
    return _case(await cases.come_back(deps, caller, case_id))


@router.post("/cases/{case_id}/cancellation")
async def cancel(case_id: str, body: schemas.CancellationBody, deps: Uses, caller: Above) -> schemas.CaseView:
    """Withdraw an order that was a mistake."""
    return _case(await cases.cancel(deps, caller, case_id, body.reason))


@router.post("/cases/{case_id}/release")
async def release(case_id: str, deps: Uses, caller: Above) -> schemas.CaseView:
    """Approve the release; by the level above, not by whoever ordered the case (R3.6)."""
    return _case(await cases.release(deps, caller, case_id))


@router.get("/notices/{notice_id}")
async def verify_notice(notice_id: str, deps: Uses) -> schemas.NoticeView:
    """Verify a release notice (解除居家医学观察告知书); anybody may, and it names nobody (R3.6)."""
    case = await deps.store.case_of_notice(notice_id)
    if case is None or case.state is not State.RELEASED or case.released_on is None:
        raise NotFound("isolation.no_such_notice", "There is no such release notice: the paper is not genuine")
    day = case.released_on.isoformat()
    return schemas.NoticeView(
        notice_id=notice_id,
        genuine=True,
        kind=case.kind,
        released_on=case.released_on,
        text_zh=f"经查,编号{notice_id}的解除医学观察告知书真实有效,解除日期{day}。",
        text_en=f"Release notice {notice_id} is genuine; released on {day}.",
    )


def _case(case: Case) -> schemas.CaseView:
    return schemas.CaseView.model_validate(asdict(case))


def _measurement(row: Document) -> schemas.MeasurementView:
    return schemas.MeasurementView.model_validate(row)
