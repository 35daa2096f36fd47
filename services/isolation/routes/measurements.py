"""Measurements over HTTP: planned, reported, missing, waived."""

from services.isolation import schemas
from services.isolation.domain.measurements import Slot
from services.isolation.routes.callers import (
    CARE,
    MEASUREMENTS,
    OVERVIEW,
    AnyCaller,
    Doctor,
    Staff,
    Uses,
    measurement_view,
    read_case,
    read_of,
)
from services.isolation.usecases import measurements
from shared.base.errors import Invalid
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page
from shared.web.times import Day

router = api_router("isolation")


@router.get("/cases/{case_id}/measurements")
async def list_measurements(
    case_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.MeasurementView]:
    """List the measurements of a case, planned, reported and waived, a page at a time (R3.3)."""
    await read_case(deps, caller, case_id, MEASUREMENTS, disclosures, purpose)
    rows = await deps.store.measurements_of(case_id, listing.after, listing.limit)
    following = rows[-1].measurement_id if len(rows) == listing.limit else None
    return listing.page(map(measurement_view, rows), following)


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
    await disclosures.record_all(caller, MEASUREMENTS, [read_of(reported)], purpose.usual(CARE))
    return measurement_view(reported)


@router.post("/cases/{case_id}/waivers", status_code=201)
async def waive_measurements(
    case_id: Id, body: schemas.WaiverBody, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> list[schemas.MeasurementView]:
    """State why measurements were never taken, so that the release does not wait for them (R3.6)."""
    slots = list(dict.fromkeys(Slot(one.day, one.half_day) for one in body.slots))
    waived = await measurements.waive_missed(deps, caller, case_id, slots, body.cause, body.note)
    await disclosures.record_all(caller, MEASUREMENTS, [read_of(one) for one in waived], purpose.usual(CARE))
    return list(map(measurement_view, waived))


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
    return listing.page(map(measurement_view, of_day), following)
