"""Who may call what, and what several routes share."""

from typing import Annotated

from fastapi import Depends

from services.isolation import schemas
from services.isolation.domain.cases import Case
from services.isolation.domain.measurements import Measurement
from services.isolation.usecases import STAFF, Deps, cases
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosures, Purpose, Read

CASE, MEASUREMENTS = "case", "measurements"  # kinds of readings
CARE, OVERVIEW = "care of an isolated person", "overview of the area"  # the usual purposes

Uses = Annotated[Deps, Depends(http.deps)]
AnyCaller = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*STAFF))]
Doctor = Annotated[Principal, Depends(allow(Role.DOCTOR))]
Officer = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.DOCTOR))]
Above = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]


async def read_case(
    deps: Deps, caller: Principal, case_id: str, kind: str, disclosures: Disclosures, purpose: Purpose
) -> Case:
    """Return a case that the caller may see, and record the reading. Raises `NotFound`."""
    case = await cases.visible(deps, caller, case_id)
    await disclosures.record(caller, kind, case.resident_id, case.area_path, purpose.usual(CARE))
    return case


async def answer_case(
    deps: Deps, case: Case, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> schemas.CaseView:
    """Return a case as it is after a step, with the reason of the isolation, and record the reading."""
    await disclosures.record(caller, CASE, case.resident_id, case.area_path, purpose.usual(CARE))
    return view_of(deps, case)


def read_of(one: Case | Measurement) -> Read:
    """Return whose personal data an answer holds, and where the person lives."""
    return Read(one.resident_id, one.area_path)


def view_of(deps: Deps, case: Case) -> schemas.CaseView:
    """Return a case as callers see it."""
    return schemas.case_view(case, deps.second_person_within)


def measurement_view(measurement: Measurement) -> schemas.MeasurementView:
    """Return a measurement as callers see it."""
    return schemas.MeasurementView.model_validate(measurement)
