"""Notification over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, Query

from services.notification import schemas
from services.notification.domain import Message
from services.notification.usecases import Deps, inbox
from shared.web import http
from shared.web.access import Principal, Role, allow

PAGE = 50

router = http.api_router("notification")
Uses = Annotated[Deps, Depends(http.deps)]
Anyone = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.AUDITOR))]
Before = Annotated[str, Query(max_length=64, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/messages")
async def list_messages(
    deps: Uses, caller: Anyone, unread: bool = False, before: Before = "", limit: Limit = PAGE
) -> schemas.Inbox:
    """List the caller's own messages, newest first, a page at a time; only the unread ones if asked (R5.1)."""
    found = await deps.store.inbox(caller.subject, unread, before, limit)
    return schemas.Inbox(
        items=[_message(message) for message in found],
        next=found[-1].order if len(found) == limit else None,
        unread=await deps.store.unread(caller.subject),
    )


@router.post("/messages/{message_id}/read")
async def read_message(message_id: str, deps: Uses, caller: Anyone) -> schemas.MessageView:
    """Note that the caller has opened a message (R5.3)."""
    return _message(await inbox.read(deps, caller, message_id))


@router.get("/messages/of/{cause}")
async def list_told_of(
    cause: str, deps: Uses, caller: Staff, before: Before = "", limit: Limit = PAGE
) -> schemas.ReceiptPage:
    """Show who in the caller's area was told of an event, and who has read it (R5.3)."""
    return _receipts(await inbox.receipts(deps, caller, {"cause": cause}, before, limit), limit)


@router.get("/messages/about/{subject}")
async def list_told_about(
    subject: str, deps: Uses, caller: Staff, before: Before = "", limit: Limit = PAGE
) -> schemas.ReceiptPage:
    """Show who in the caller's area was told about a case, a delivery, a resident or a stock (R5.3)."""
    return _receipts(await inbox.receipts(deps, caller, {"subject": subject}, before, limit), limit)


def _message(message: Message) -> schemas.MessageView:
    return schemas.MessageView.model_validate(asdict(message))


def _receipts(found: list[inbox.Receipt], limit: int) -> schemas.ReceiptPage:
    return schemas.ReceiptPage(
        items=[
            schemas.ReceiptView.model_validate(asdict(message) | {"copies": [asdict(copy) for copy in copies]})
            for message, copies in found
        ],
        next=found[-1].message.order if len(found) == limit else None,
    )
