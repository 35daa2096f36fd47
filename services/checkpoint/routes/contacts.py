"""Contacts over HTTP (R2.8)."""

from datetime import timedelta
from operator import attrgetter
from typing import Annotated

from fastapi import Query

from services.checkpoint.domain.contacts import Contact, contacts, strangers
from services.checkpoint.routes.callers import Staff, Uses, gate_name, zoned
from services.checkpoint.routes.people import people_of
from services.checkpoint.schemas.contacts import ContactsView, ContactView
from services.checkpoint.usecases import Deps
from services.checkpoint.usecases.contacts import met
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id
from shared.web.pages import Listed
from shared.web.times import Instant

DEFAULT_WINDOW = timedelta(days=14)
KIND = "contacts"  # of a reading

router = api_router("reading")


@router.get("/contacts")
async def list_contacts(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    resident_id: Id,
    since: Instant | None = None,
    until: Instant | None = None,
    window_s: Annotated[int, Query(ge=1, le=3600)] = 600,
) -> ContactsView:
    """Who passed the same gates within a window before and after a resident; the `purpose` is recorded (R2.8)."""
    end = zoned(until or deps.clock.now())
    start = zoned(since or end - DEFAULT_WINDOW)
    stated = purpose.required()
    await disclosures.record_all(caller, KIND, people_of(deps, [resident_id], caller.area), stated)
    meetings = await met(deps, resident_id, caller.area, start, end, timedelta(seconds=window_s))
    all_contacts = contacts(meetings.encounters)
    page, following = listing.part(all_contacts, attrgetter("resident_id"))
    others = people_of(deps, [contact.resident_id for contact in page], caller.area)
    await disclosures.record_all(caller, KIND, others, stated)
    items = listing.page((_view(deps, contact) for contact in page), following)
    return ContactsView(
        resident_id=resident_id,
        since=meetings.since,
        until=end,
        cut=meetings.cut,
        passages=len(meetings.encounters),
        found=len(all_contacts),
        strangers=strangers(meetings.encounters),
        items=items.items,
        next=items.next,
    )


def _view(deps: Deps, contact: Contact) -> ContactView:
    names = [gate_name(deps, gate) or gate for gate in contact.gates]
    return ContactView.model_validate(contact).model_copy(update={"gate_names": names})
