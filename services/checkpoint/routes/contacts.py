"""Contacts, and who read what, over HTTP (R2.8)."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from services.checkpoint.domain.contacts import contacts, strangers
from services.checkpoint.routes.callers import PAGE, Limit, Staff, Uses, cursor, following, stated, zoned
from services.checkpoint.schemas.contacts import ContactsView, ContactView, ReadingPage, ReadingView
from services.checkpoint.store.readings import Kind
from services.checkpoint.usecases.contacts import met
from shared.base.errors import Invalid
from shared.web.access import Principal, Role, allow
from shared.web.http import api_router

DEFAULT_WINDOW = timedelta(days=14)

router = api_router("reading")
Auditor = Annotated[Principal, Depends(allow(Role.AUDITOR, Role.CITY))]


@router.get("/contacts")
async def list_contacts(
    deps: Uses,
    caller: Staff,
    resident_id: str,
    purpose: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    window_s: Annotated[int, Query(ge=1, le=3600)] = 600,
    limit: Limit = PAGE,
) -> ContactsView:
    """Who passed the same gates within a window before and after a resident; why is asked and kept (R2.8)."""
    now = deps.clock.now()
    end = zoned(until or now)
    start = zoned(since or end - DEFAULT_WINDOW)
    reader = (caller.subject, caller.area)
    await deps.store.readings.note(Kind.CONTACTS, reader, resident_id, stated(purpose), now)
    found = await met(deps, resident_id, caller.area, start, end, timedelta(seconds=window_s))
    everybody = contacts(found.encounters)
    return ContactsView(
        resident_id=resident_id,
        since=found.since,
        until=end,
        cut=found.cut,
        passages=len(found.encounters),
        found=len(everybody),
        strangers=strangers(found.encounters),
        items=[ContactView.model_validate(one) for one in everybody[:limit]],
    )


@router.get("/readings")
async def list_readings(
    deps: Uses, caller: Auditor, resident_id: str = "", reader: str = "", after: str = "", limit: Limit = PAGE
) -> ReadingPage:
    """Who read what is known of a resident, or what somebody has read, and why: by readers of the caller's area."""
    who = {name: value for name, value in (("subject", resident_id), ("reader", reader)) if value}
    if not who:
        raise Invalid("checkpoint.subject_missing", "Name a resident_id, a reader or both")
    found = await deps.store.readings.find(who, caller.area, cursor(after), limit)
    return ReadingPage(items=[ReadingView.model_validate(row) for row in found], next=following(found, limit))
