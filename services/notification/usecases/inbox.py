"""The inbox of a person, and the receipts by which staff see who got and read a message and send it again (R5.3)."""

from collections.abc import Sequence
from typing import NamedTuple

from services.notification.domain import Message
from services.notification.domain.copies import Copy, State
from services.notification.usecases import MESSAGES, Deps
from shared.base.errors import Conflict, NotFound
from shared.events.notification import Channel, MessageRead, MessageResumed
from shared.store.act_log import Act, digest
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
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
        if message is None or message.recipient_id not in await deps.residents.ids_of(caller.subject):
            raise NotFound("notification.no_such_message", "There is no such message in your inbox")
        first = await deps.store.mark_read(message_id, deps.clock.now(), work)
        if first:
            work.emit(MessageRead.of(message, channel=Channel.IN_APP))
    if first:
        MESSAGES.labels(Channel.IN_APP.value, "read").inc()
    return await deps.store.messages.get(message_id) or message


async def visible(deps: Deps, caller: Principal, message_id: str, work: UnitOfWork | None = None) -> Message:
    """Return a message to any recipient of the caller's area. Raises `NotFound` outside it."""
    message = await deps.store.messages.get(message_id, work)
    if message is None or not caller.sees(message.area_path):
        raise NotFound("notification.no_such_message", "The message was not found in your area")
    return message


@retry_conflicts
async def resend(deps: Deps, caller: Principal, message_id: str, channel: Channel) -> Message:
    """Have a copy that has failed tried again, as the replay of its dead letter does.

    Raises `Conflict` where no copy by that channel has failed.
    """
    async with deps.unit_of_work() as work:
        message = await visible(deps, caller, message_id, work)
        copy = await deps.store.copy(message_id, channel, work)
        if copy is None or copy.state is not State.FAILED:
            text = f"No copy by {channel.value} has failed: only one that was given up is sent again"
            chinese = f"通过 {channel.value} 发送的副本没有失败：只有已放弃的副本才能重新发送"
            raise Conflict("notification.nothing_failed", text, detail_zh=chinese)
        work.emit(MessageResumed.of(message, channel=channel))
        facts = digest({"message_id": message_id, "channel": channel.value})
        work.log(Act("notification.MessageResent", message_id, facts, area=message.area_path))
    return message


async def receipts(deps: Deps, messages: Sequence[Message]) -> list[Receipt]:
    """Return the messages with their copies, in the same order."""
    copies = await deps.store.copies_of(messages)
    return [Receipt(message, copies[message.message_id]) for message in messages]
