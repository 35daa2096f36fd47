"""Isolation over HTTP."""

from operator import attrgetter
from typing import Annotated

from fastapi import Depends

from services.isolation import schemas
from services.isolation.domain.cases import Case
from services.isolation.domain.measurements import Measurement, Slot
from services.isolation.store import DOOR
from services.isolation.usecases import (
    STAFF,
    Deps,
    cases,
    extensions,
    handovers,
    measurements,
    orders,
    second_person,
)
from shared.base.area import within as inside
from shared.base.errors import Invalid, NotFound
from shared.events.isolation import CaseState
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Read, Reading
from shared.web.ids import Id, MaybeId, MaybePath
from shared.web.pages import Changes, Listed, Listing, Page, listed
from shared.web.times import Day

CASE, MEASUREMENTS = "case", "measurements"  # kinds of readings
CARE, OVERVIEW = "care of an isolated person", "overview of the area"  # the usual purposes

router = http.api_router(
    "isolation",
    about="Isolation at home (居家隔离) and at sites (集中隔离): orders, temperatures, hand-over, release.",
)
Uses = Annotated[Deps, Depends(http.deps)]
AnyCaller = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*STAFF))]
Doctor = Annotated[Principal, Depends(allow(Role.DOCTOR))]
Officer = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.DOCTOR))]
Above = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]


@router.post("/cases", status_code=201)
async def order_isolation(
    body: schemas.OrderBody, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Order isolation at home (居家隔离) or at a site (集中隔离), R3.1."""
    return await _answer(deps, await orders.order(deps, caller, **body.model_dump()), caller, disclosures, purpose)


@router.get("/cases")
async def list_cases(
    deps: Uses,
    caller: AnyCaller,
    listing: Annotated[Listing, listed(DOOR, "starts_on", "-starts_on", "ends_on", "-ends_on")],
    asked: Annotated[schemas.CaseQuery, Depends()],
    disclosures: Disclosing,
    purpose: Reading,
    resident_id: MaybeId = "",
    within: MaybePath = "",
) -> Page[schemas.CaseView]:
    """List cases of the caller's area, a page at a time; to others than staff, the own and those they keep.

    `within` is a place of the area. `mine`: the caller is keeper or doctor. `second`: they wait for a second person,
    whom the caller may be; such a page may be short although more follow.
    """
    wanted = asked.filter_for(caller.subject)
    if caller.roles.intersection(STAFF) and not resident_id:
        path = within or caller.area
        caller.require_area(path, f"the place {path}")
        page, following = await deps.store.cases_page(path, wanted, listing.sort, listing.after, listing.limit)
        await disclosures.record_list(caller, CASE, path, purpose.usual(OVERVIEW))
        return listing.page((_case(deps, one) for one in page), following)
    matching = [one for one in await cases.of_persons(deps, caller, resident_id) if wanted.takes(one)]
    matching = [one for one in matching if inside(one.area_path, within or "/")]
    if listing.sort != DOOR:
        matching.sort(key=attrgetter(listing.sort.removeprefix("-")), reverse=listing.descends)
    own, following = listing.part(matching, attrgetter("case_id"))
    await disclosures.record_all(caller, CASE, [_read_of(case) for case in own], purpose.usual(CARE))
    return listing.page((_case(deps, one) for one in own), following)


@router.get("/cases/counts")
async def count_cases(deps: Uses, caller: Staff) -> schemas.CaseCountsView:
    """How many cases of the caller's area have not ended, by state, and how many of them concern the caller."""
    return schemas.CaseCountsView.model_validate(await deps.store.case_counts(caller.area, caller.subject))


@router.get("/cases/changes")
async def list_changed_cases(
    deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Changes[schemas.CaseView]:
    """List the cases of the caller's area that have changed since the cursor `after`, ended ones too."""
    now = deps.clock.now()
    page, changed = await deps.store.changed_cases(caller.area, listing.after, listing.limit, now)
    await disclosures.record_list(caller, CASE, caller.area, purpose.usual(OVERVIEW))
    return listing.changes((_case(deps, one) for one in page), changed.following, changed.more)


@router.get("/cases/{case_id}")
async def show_case(
    case_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Show a case."""
    return _case(deps, await _read(deps, caller, case_id, CASE, disclosures, purpose))


@router.get("/cases/{case_id}/log")
async def list_case_log(
    case_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.LogLineView]:
    """List what happened to a case, by whom and why, a page at a time."""
    await _read(deps, caller, case_id, CASE, disclosures, purpose)
    lines = await deps.store.log_page(case_id, listing.after, listing.limit)
    following = lines[-1].line_id if len(lines) == listing.limit else None
    return listing.page(map(schemas.LogLineView.model_validate, lines), following)


@router.get("/cases/{case_id}/measurements")
async def list_measurements(
    case_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.MeasurementView]:
    """List the measurements of a case, planned, reported and waived, a page at a time (R3.3)."""
    await _read(deps, caller, case_id, MEASUREMENTS, disclosures, purpose)
    rows = await deps.store.measurements_of(case_id, listing.after, listing.limit)
    following = rows[-1].measurement_id if len(rows) == listing.limit else None
    return listing.page(map(_measurement, rows), following)


@router.post("/cases/{case_id}/measurements", status_code=201)
async def report_measurement(
    case_id: Id, body: schemas.ReportBody, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> schemas.MeasurementView:
    """Report a temperature or symptoms, by the person or for them, at any hour (R3.3)."""
    if (body.day is None) != (body.half_day is None):
        raise Invalid("isolation.half_slot", "Name both 'day' and 'half_day', or neither for the present half day")
    slot = Slot(body.day, body.half_day) if body.day and body.half_day else None
    symptoms = sorted(set(body.symptoms))
    reported = await measurements.report(deps, caller, case_id, slot, body.temperature_c, symptoms)
    await disclosures.record_all(caller, MEASUREMENTS, [_read_of(reported)], purpose.usual(CARE))
    return _measurement(reported)


@router.post("/cases/{case_id}/waivers", status_code=201)
async def waive_measurements(
    case_id: Id, body: schemas.WaiverBody, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> list[schemas.MeasurementView]:
    """State why measurements were never taken, so that the release does not wait for them (R3.6)."""
    slots = list(dict.fromkeys(Slot(one.day, one.half_day) for one in body.slots))
    waived = await measurements.waive_missed(deps, caller, case_id, slots, body.cause, body.note)
    await disclosures.record_all(caller, MEASUREMENTS, [_read_of(one) for one in waived], purpose.usual(CARE))
    return list(map(_measurement, waived))


@router.get("/measurements")
async def list_measurements_of_day(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    day: Day | None = None,
    only_missing: bool = False,
) -> Page[schemas.MeasurementView]:
    """List a day's measurements in the caller's area, by default today's; `only_missing`: due, and no report (R3.4)."""
    missing_at = deps.clock.now() if only_missing else None
    of_day, following = await deps.store.measurements_page(
        caller.area, day or deps.today, missing_at, listing.after, listing.limit
    )
    await disclosures.record_list(caller, MEASUREMENTS, caller.area, purpose.usual(OVERVIEW))
    return listing.page(map(_measurement, of_day), following)


@router.post("/cases/{case_id}/confirmation")
async def confirm_case(
    case_id: Id, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Confirm, as the second person, a case, its extension or its referral; else it falls back within hours (R3.1)."""
    return await _answer(deps, await second_person.confirm(deps, caller, case_id), caller, disclosures, purpose)


@router.post("/cases/{case_id}/extension")
async def extend_case(
    case_id: Id, body: schemas.ExtensionBody, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Ask that a case lasts longer: it does once a second person confirms that within hours."""
    case = await extensions.extend(deps, caller, case_id, body.extension_id, body.days, body.reason)
    return await _answer(deps, case, caller, disclosures, purpose)


@router.post("/cases/{case_id}/return")
async def return_case(
    case_id: Id, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Take the person back from the fever clinic to observation (R3.5)."""
    return await _answer(deps, await cases.come_back(deps, caller, case_id), caller, disclosures, purpose)


@router.post("/cases/{case_id}/cancellation")
async def cancel_case(
    case_id: Id, body: schemas.CancellationBody, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Withdraw an order that was a mistake."""
    return await _answer(deps, await cases.cancel(deps, caller, case_id, body.reason), caller, disclosures, purpose)


@router.post("/cases/{case_id}/release")
async def release_case(
    case_id: Id, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Approve the release; by the level above, not by the person who ordered the case (R3.6)."""
    return await _answer(deps, await cases.release(deps, caller, case_id), caller, disclosures, purpose)


@router.post("/cases/{case_id}/handover")
async def write_handover_note(
    case_id: Id, body: schemas.HandoverNoteBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Tell the new community what it must know of a person who moves; after a refusal, ask it again."""
    return await _answer(
        deps, await handovers.write_note(deps, caller, case_id, body.note), caller, disclosures, purpose
    )


@router.post("/cases/{case_id}/handover/acceptance")
async def accept_handover(
    case_id: Id, body: schemas.AcceptanceBody, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Accept the case of a person who has moved here."""
    return await _answer(
        deps, await handovers.accept(deps, caller, case_id, body.keeper_id), caller, disclosures, purpose
    )


@router.post("/cases/{case_id}/handover/refusal")
async def refuse_handover(
    case_id: Id, body: schemas.RefusalBody, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Refuse the case of a person who is stated to have moved here, with the reason."""
    return await _answer(deps, await handovers.refuse(deps, caller, case_id, body.reason), caller, disclosures, purpose)


@router.get("/notices/{notice_id}")
async def verify_notice(notice_id: Id, deps: Uses) -> schemas.NoticeView:
    """Verify a release notice (解除居家医学观察告知书), without a token; the answer names no person (R3.6)."""
    case = await deps.store.case_of_notice(notice_id)
    if case is None or case.state is not CaseState.RELEASED or case.released_on is None:
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


async def _read(
    deps: Deps, caller: Principal, case_id: str, kind: str, disclosures: Disclosures, purpose: Purpose
) -> Case:
    """Return a case that the caller may see, and record the reading. Raises `NotFound`."""
    case = await cases.visible(deps, caller, case_id)
    await disclosures.record(caller, kind, case.resident_id, case.area_path, purpose.usual(CARE))
    return case


async def _answer(
    deps: Deps, case: Case, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> schemas.CaseView:
    """Return a case as it is after a step, with the reason of the isolation, and record the reading."""
    await disclosures.record(caller, CASE, case.resident_id, case.area_path, purpose.usual(CARE))
    return _case(deps, case)


def _read_of(one: Case | Measurement) -> Read:
    return Read(one.resident_id, one.area_path)


def _case(deps: Deps, case: Case) -> schemas.CaseView:
    return schemas.case_view(case, deps.second_person_within)


def _measurement(measurement: Measurement) -> schemas.MeasurementView:
    return schemas.MeasurementView.model_validate(measurement)
