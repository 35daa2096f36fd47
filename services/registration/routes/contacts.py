"""How residents and colleagues are reached, over HTTP: stated, claimed, confirmed, and how it was before."""

from typing import Annotated

from fastapi import Path, Response

from services.registration.domain.contacts import ContactPoints
from services.registration.routes.callers import Office, Staff, Uses
from services.registration.schemas import PersonId
from services.registration.schemas.contacts import ClaimView, ContactBody, FormerContactView
from services.registration.usecases import contacts
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed, Page

HISTORY, PURPOSE = "contact_history", "care of residents"

router = api_router("contacts", about="How residents and colleagues are reached.")
Person = Annotated[PersonId, Path()]


@router.put("/contacts/{person_id}", status_code=204, response_model=None, responses={202: {"model": ClaimView}})
async def set_contact(person_id: Person, body: ContactBody, deps: Uses, caller: Staff) -> Response:
    """State how a person is reached; it is stored sealed (R5.1).

    202: no area has the colleague, or another one: the claim counts once the district or the city above confirms it.
    """
    points = ContactPoints(body.phone, body.language, body.urls)
    claim = await contacts.set_contact(deps, caller, person_id, points)
    if claim is None:
        return Response(status_code=204)
    return Response(ClaimView.of(claim).model_dump_json(), 202, media_type="application/json")


@router.get("/contacts/claims")
async def list_claims(deps: Uses, caller: Office, listing: Listed) -> Page[ClaimView]:
    """List the claims within the caller's area that wait for an office above, a page at a time; without contacts."""
    page = await deps.store.contacts.claims_page(caller.area, listing.after, listing.limit)
    following = page[-1].claim_id if len(page) == listing.limit else None
    return listing.page(map(ClaimView.of, page), following)


@router.post("/contacts/claims/{claim_id}/confirmation")
async def confirm_claim(claim_id: Id, deps: Uses, caller: Office) -> ClaimView:
    """Confirm that a colleague is another office's: by the district or the city above that office and the present."""
    return ClaimView.of(await contacts.confirm_claim(deps, caller, claim_id))


@router.get("/contacts/{person_id}/history")
async def list_contact_history(
    person_id: Person, deps: Uses, caller: Office, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[FormerContactView]:
    """List how a person was reached before, and who changed it when, a page at a time. The reading is recorded."""
    path, former = await contacts.history(deps, caller, person_id, listing.after, listing.limit)
    await disclosures.record(caller, HISTORY, person_id, path, purpose.usual(PURPOSE))
    following = former[-1][0].change_id if len(former) == listing.limit else None
    views = [FormerContactView.of(row, phone=points.phone, urls=dict(points.urls)) for row, points in former]
    return listing.page(views, following)
