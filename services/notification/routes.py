"""Notification over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends

from services.notification import schemas
from services.notification.domain import Message
from services.notification.usecases import Deps, inbox
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Read, Reading
from shared.web.ids import Id, Subject
from shared.web.pages import Listed, Listing, Page, listed

RECEIPTS = "messages"  # the kind of readings: who got which message and who has read it
CHECKING = "checking who was informed"  # the usual purpose

router = http.api_router("notification")
Uses = Annotated[Deps, Depends(http.deps)]
AnyCaller = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.AUDITOR))]


@router.get("/messages")
async def list_messages(
    deps: Uses,
    caller: AnyCaller,
    listing: Annotated[Listing, listed("-created_at", "created_at")],
    unread: bool = False,
) -> schemas.Inbox:
    """List the caller's own messages, as usual the newest first; only the unread ones if asked (R5.1)."""
    messages = await deps.store.inbox(caller.subject, unread, listing.descends, listing.after, listing.limit)
    page = listing.page(map(schemas.MessageView.model_validate, messages), _following(messages, listing))
    return schemas.Inbox(items=page.items, next=page.next, unread=await deps.store.unread(caller.subject))


@router.post("/messages/{message_id}/read")
async def read_message(message_id: Id, deps: Uses, caller: AnyCaller) -> schemas.MessageView:
    """Note that the caller has opened a message (R5.3)."""
    return schemas.MessageView.model_validate(await inbox.read(deps, caller, message_id))


@router.get("/messages/of/{cause}")
async def list_messages_of(
    cause: Id, deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.ReceiptView]:
    """Show who in the caller's area got a message of an event, and who has read it (R5.3)."""
    messages = await deps.store.messages_of(cause, caller.area, listing.after, listing.limit)
    return await _receipts(deps, messages, caller, listing, disclosures, purpose)


@router.get("/messages/about/{subject}")
async def list_messages_about(
    subject: Subject, deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.ReceiptView]:
    """Show who in the caller's area got a message about a case, a delivery, a resident or a stock (R5.3)."""
    messages = await deps.store.messages_about(subject, caller.area, listing.after, listing.limit)
    return await _receipts(deps, messages, caller, listing, disclosures, purpose)


async def _receipts(
    deps: Deps,
    messages: list[Message],
    caller: Principal,
    listing: Listing,
    disclosures: Disclosures,
    purpose: Purpose,
) -> Page[schemas.ReceiptView]:
    """Return a page of receipts, and record the reading of each recipient's."""
    read = [Read(message.recipient_id, message.area_path) for message in messages]
    await disclosures.record_all(caller, RECEIPTS, read, purpose.usual(CHECKING))
    receipts = [
        schemas.ReceiptView.model_validate(asdict(message) | {"copies": [asdict(copy) for copy in copies]})
        for message, copies in await inbox.receipts(deps, messages)
    ]
    return listing.page(receipts, _following(messages, listing))


def _following(messages: list[Message], listing: Listing) -> str | None:
    return messages[-1].order if len(messages) == listing.limit else None
