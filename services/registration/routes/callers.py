"""Who may call what, and what several routes share."""

from typing import Annotated

from fastapi import Depends

from services.registration.usecases import STAFF, Deps
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosures

Uses = Annotated[Deps, Depends(http.deps)]
AnyCaller = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(*STAFF))]
FileReader = Annotated[Principal, Depends(allow(*STAFF, Role.AUDITOR))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Officer = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.DOCTOR))]
City = Annotated[Principal, Depends(allow(Role.CITY))]
# Who works in the city, and reads who did what.
Colleague = Annotated[Principal, Depends(allow(*STAFF, Role.VOLUNTEER, Role.AUDITOR, Role.OPERATOR))]
# The employer's own clerks too, each for the own employers alone.
EmployerReader = Annotated[Principal, Depends(allow(*STAFF, Role.AUDITOR, Role.EMPLOYER))]
Employing = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.EMPLOYER))]
EmployersClerk = Annotated[Principal, Depends(allow(Role.EMPLOYER))]
Importing = Annotated[Principal, Depends(allow(*STAFF, Role.EMPLOYER))]
Language = Annotated[str, Depends(http.language_for)]  # what is wrong with rows and imports is stated in it


def listed_area(caller: Principal, within: str) -> str:
    """Return the area path that a list is of: `within`, by default the caller's own. Raises `NotFound` outside it."""
    path = within or caller.area
    caller.require_area(path, f"the place {path}")
    return path


async def record_resident(
    deps: Deps, disclosures: Disclosures, caller: Principal, kind: str, resident_id: str, purpose: str
) -> None:
    """Record that the caller reads of a resident; visible to the auditors of the resident's home."""
    if caller.subject != resident_id:
        resident = await deps.store.residents.get(resident_id)
        path = resident.area_path if resident else caller.area
        await disclosures.record(caller, kind, resident_id, path, purpose)
