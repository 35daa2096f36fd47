"""The inbox of a person, and the receipts by which staff see who was told and who has read it (R5.3)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.notification.domain import Copy, Message
from services.notification.usecases import MESSAGES, Deps, facts
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

    Raises `NotFound` for anybody else's message.
    """
    async with deps.unit_of_work() as work:
        message = await deps.store.message(message_id, work)
        if message is None or message.recipient_id != caller.subject:
            raise NotFound("notification.no_such_message", "There is no such message in your inbox")
        first = await deps.store.mark_read(message_id, deps.clock.now(), work)
        if first:
            work.emit(MessageRead(**facts(message, Channel.IN_APP)))
    if first:
        MESSAGES.labels(Channel.IN_APP.value, "read").inc()
    return await deps.store.message(message_id) or message


async def receipts(deps: Deps, caller: Principal, topic: Mapping[str, str], before: str, limit: int) -> list[Receipt]:
    """Return who was told of a `cause` or about a `subject` in the caller's area, newest first."""
    messages = await deps.store.told_of(dict(topic), caller.area, before, limit)
    copies = await deps.store.copies_of(messages)
    return [Receipt(message, copies[message.message_id]) for message in messages]
