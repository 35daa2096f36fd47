"""Notification over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query

from services.notification import schemas
from services.notification.domain import Message
from services.notification.domain.copies import State
from services.notification.store import Chosen
from services.notification.usecases import Deps, inbox
from shared.events.notification import Channel
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Read, Reading
from shared.web.ids import Id, Subject
from shared.web.pages import Listed, Listing, Page, listed

RECEIPTS = "messages"  # the kind of readings: who got which message and who has read it
CHECKING = "checking who was informed"  # the usual purpose
MOST_RECIPIENTS = 20

router = http.api_router(
    "notification",
    about="Messages: the inbox of a person, and for staff what was sent to whom and whether it was read.",
)
Uses = Annotated[Deps, Depends(http.deps)]
AnyCaller = Annotated[Principal, Depends(allow())]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.AUDITOR))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]


@router.get("/messages")
async def list_messages(
    deps: Uses,
    caller: AnyCaller,
    listing: Annotated[Listing, listed("-created_at", "created_at")],
    unread: bool = False,
) -> schemas.Inbox:
    """List the caller's own messages, as usual the newest first; only the unread ones if asked (R5.1)."""
    own = await deps.residents.ids_of(caller.subject)  # of merged files one inbox
    messages = await deps.store.inbox(own, unread, listing.descends, listing.after, listing.limit)
    page = listing.page(map(schemas.MessageView.model_validate, messages), _following(messages, listing))
    return schemas.Inbox(items=page.items, next=page.next, unread=await deps.store.unread(own))


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
    return await _receipts(deps, messages, caller, listing, disclosures, purpose, _following(messages, listing))


@router.get("/messages/about/{subject}")
async def list_messages_about(
    subject: Subject, deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.ReceiptView]:
    """Show who in the caller's area got a message about a case, a delivery, a resident or a stock (R5.3)."""
    messages = await deps.store.messages_about(subject, caller.area, listing.after, listing.limit)
    return await _receipts(deps, messages, caller, listing, disclosures, purpose, _following(messages, listing))


@router.get("/messages/sent")
async def list_sent_messages(
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    state: State | None = None,
    channel: Channel | None = None,
    unread: bool | None = None,
    recipient_id: Annotated[list[Subject] | None, Query(max_length=MOST_RECIPIENTS)] = None,
    days: Annotated[int, Query(ge=1, le=180)] = 7,
) -> Page[schemas.ReceiptView]:
    """List the messages of the caller's area of the last days, to any recipient or to these, the newest first.

    Without their texts. `state` and `channel` are of a copy that left by another channel than the inbox. A page may be
    shorter than `limit` although more follow.
    """
    since = deps.clock.now() - timedelta(days=days)
    chosen = Chosen(recipient_id or (), state, channel, unread)
    messages, following = await deps.store.sent(caller.area, chosen, since, listing.after, listing.limit)
    if not recipient_id:
        await disclosures.record_list(caller, RECEIPTS, caller.area, purpose.usual(CHECKING))
        return listing.page(await _views(deps, messages), following)
    return await _receipts(deps, messages, caller, listing, disclosures, purpose, following)


@router.get("/messages/counts")
async def count_messages(
    deps: Uses, caller: Staff, days: Annotated[int, Query(ge=1, le=180)] = 7
) -> schemas.MessageCounts:
    """How many copies of the area's messages of the last days have failed or are on their way."""
    since = deps.clock.now() - timedelta(days=days)
    failed = await deps.store.count(caller.area, since, State.FAILED)
    return schemas.MessageCounts(failed=failed, sending=await deps.store.count(caller.area, since, State.SENDING))


@router.get("/messages/{message_id}")
async def show_message(
    message_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> schemas.ReceiptView:
    """Show to whom a message went and what became of its copies, without its text (R5.3)."""
    message = await inbox.visible(deps, caller, message_id)
    return await _receipt(deps, message, caller, disclosures, purpose)


@router.post("/messages/{message_id}/resend", status_code=202)
async def resend_message(
    message_id: Id, body: schemas.ResendBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> schemas.ReceiptView:
    """Have a copy that has failed tried again, within seconds and up to five times (R5.3)."""
    message = await inbox.resend(deps, caller, message_id, body.channel)
    return await _receipt(deps, message, caller, disclosures, purpose)


async def _receipt(
    deps: Deps, message: Message, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> schemas.ReceiptView:
    await disclosures.record(caller, RECEIPTS, message.recipient_id, message.area_path, purpose.usual(CHECKING))
    (receipt,) = await _views(deps, [message])
    return receipt


async def _views(deps: Deps, messages: Sequence[Message]) -> list[schemas.ReceiptView]:
    return [
        schemas.ReceiptView.model_validate(
            asdict(message) | {"copies": [schemas.CopyView.model_validate(copy) for copy in copies]}
        )
        for message, copies in await inbox.receipts(deps, messages)
    ]


async def _receipts(
    deps: Deps,
    messages: list[Message],
    caller: Principal,
    listing: Listing,
    disclosures: Disclosures,
    purpose: Purpose,
    following: str | None,
) -> Page[schemas.ReceiptView]:
    """Return a page of receipts, and record the reading of each recipient's."""
    read = [Read(message.recipient_id, message.area_path) for message in messages]
    await disclosures.record_all(caller, RECEIPTS, read, purpose.usual(CHECKING))
    return listing.page(await _views(deps, messages), following)


def _following(messages: list[Message], listing: Listing) -> str | None:
    return messages[-1].order if len(messages) == listing.limit else None
