"""The inbox of a person, and the receipts by which staff see who got a message and who has read it (R5.3)."""

from collections.abc import Sequence
from typing import NamedTuple

from services.notification.domain import Copy, Message
from services.notification.usecases import MESSAGES, Deps
from shared.base.errors import NotFound
from shared.events.notification import Channel, MessageRead
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


class Receipt(NamedTuple):
    """A message and what became of its copies."""

    message: Message
    copies: Sequence[Copy]


@retry_conflicts
async def read(deps: Deps, caller: Principal, message_id: str) -> Message:
    """Note that the caller opened a message; opening it again changes nothing.

    Raises `NotFound` for a message to another person.
    """
    async with deps.unit_of_work() as work:
        message = await deps.store.messages.get(message_id, work)
        if message is None or message.recipient_id != caller.subject:
            raise NotFound("notification.no_such_message", "There is no such message in your inbox")
        first = await deps.store.mark_read(message_id, deps.clock.now(), work)
        if first:
            work.emit(MessageRead.of(message, channel=Channel.IN_APP))
    if first:
        MESSAGES.labels(Channel.IN_APP.value, "read").inc()
    return await deps.store.messages.get(message_id) or message


async def receipts(deps: Deps, messages: Sequence[Message]) -> list[Receipt]:
    """Return the messages with their copies, in the same order."""
    copies = await deps.store.copies_of(messages)
    return [Receipt(message, copies[message.message_id]) for message in messages]
