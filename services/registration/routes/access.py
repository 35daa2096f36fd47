"""Access of people over HTTP."""

from services.registration.routes.callers import City, Uses
from services.registration.schemas.access import AccessRevocationBody, AccessRevocationView
from services.registration.usecases import access
from shared.web.disclosures import Disclosing
from shared.web.http import api_router

router = api_router("access", about="Revocation of a person's access, in every service.")
REVOKED = "access revoked"


@router.post("/access-revocations", status_code=201)
async def revoke_access(
    body: AccessRevocationBody, deps: Uses, caller: City, disclosures: Disclosing
) -> AccessRevocationView:
    """Revoke the tokens of a person in every service, within seconds; the issuer must refuse new ones by itself."""
    await disclosures.record(caller, REVOKED, body.subject, caller.area, body.reason)
    return AccessRevocationView.of(await access.revoke(deps, caller, body.subject))
