"""Sending: a copy of each message by each channel of its recipient, tried again, then given up (R5.1, R5.3).

Nothing is sent inside a transaction. An attempt is recorded, then made, then settled; one that was cut off between is
made again, since losing a message is worse than repeating it.
"""

import asyncio
from datetime import datetime

from services.notification import domain
from services.notification.domain import Address, Message, copies
from services.notification.domain.copies import Copy, Outcome, State
from services.notification.usecases import MESSAGES, Deps
from shared.base.sealing import UNREADABLE
from shared.events.notification import Channel, MessageFailed, MessageResumed, MessageSent
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

REACH = "notification.reach"
SEND = "notification.send"


async def reach(deps: Deps, deadline: Deadline) -> None:
    """Look up by which channels the recipient is reached, and have a copy go by each."""
    message = await deps.store.messages.get(deadline.subject)
    if message is None:  # its retention is over
        return
    try:
        addresses = await _addresses(deps, message)
    except ValueError:
        await _give_up_reaching(deps, deadline, message)
        return
    await _copy_by_each(deps, deadline, message, addresses)


@retry_conflicts
async def _copy_by_each(
    deps: Deps, deadline: Deadline, message: Message, addresses: dict[Channel, Address] | None
) -> None:
    now, waited = deps.clock.now(), deadline.payload["waited"]
    async with deps.unit_of_work(deadline) as work:
        if addresses is None and waited < len(domain.CONTACT_WAITS):
            again = now + domain.CONTACT_WAITS[waited]
            await deps.deadlines.schedule(
                work, REACH, message.message_id, again, key=str(waited + 1), waited=waited + 1
            )
        for channel in addresses or ():
            if await deps.store.copy(message.message_id, channel, work) is None:
                copy = copies.copy_of(message, channel, now)
                await deps.store.copies.insert([copy], work)
                await _schedule(deps, copy, now, work)


@retry_conflicts
async def _give_up_reaching(deps: Deps, deadline: Deadline, message: Message) -> None:
    """Give up a message whose contact does not open; a replay reaches the recipient once it opens."""
    async with deps.unit_of_work(deadline) as work:
        _give_up(work, message, Channel.IN_APP, Outcome.UNREADABLE)
    MESSAGES.labels(Channel.IN_APP.value, Outcome.UNREADABLE.value).inc()


async def send(deps: Deps, deadline: Deadline) -> None:
    """Try one copy once. An attempt that was begun is ended also while the process stops."""
    attempt = asyncio.create_task(_attempt(deps, deadline))
    try:
        await asyncio.shield(attempt)
    except asyncio.CancelledError:
        await asyncio.wait([attempt])
        raise


async def _attempt(deps: Deps, deadline: Deadline) -> None:
    channel = Channel(deadline.payload["channel"])
    message = await deps.store.messages.get(deadline.subject)
    copy = await deps.store.begin_attempt(deadline.subject, channel, deadline.payload["settled"])
    if message is None or copy is None:  # settled already, and only the deadline's own mark was missing
        return
    outcome = await _outcome(deps, message, copy)
    await _settle(deps, deadline, message, copy, outcome)


async def _outcome(deps: Deps, message: Message, copy: Copy) -> Outcome:
    if copy.attempts > copy.allowed:
        return Outcome.INTERRUPTED
    if UNREADABLE in (message.title, message.body):
        return Outcome.UNREADABLE
    try:
        address = (await _addresses(deps, message) or {}).get(copy.channel)
    except ValueError:
        return Outcome.UNREADABLE
    return await deps.channels.send(address, message) if address else Outcome.NO_ADDRESS


@retry_conflicts
async def _settle(deps: Deps, deadline: Deadline, message: Message, copy: Copy, outcome: Outcome) -> None:
    now = deps.clock.now()
    after = copies.settle(copies.of_message(copy, message), outcome, now)
    async with deps.unit_of_work(deadline) as work:
        await deps.store.put_copy(after, work)
        if after.state is State.SENT:
            work.emit(MessageSent.of(message, channel=copy.channel))
        elif after.state is State.FAILED:
            _give_up(work, message, copy.channel, outcome)
        else:
            await _schedule(deps, after, copies.next_try(after, now), work)
    became = "retried" if after.state is State.SENDING else outcome.value
    MESSAGES.labels(copy.channel.value, became).inc()


def _give_up(work: UnitOfWork, message: Message, channel: Channel, outcome: Outcome) -> None:
    """Publish that the message failed, and leave the dead letter whose replay has it tried again."""
    work.emit(MessageFailed.of(message, channel=channel, failure=outcome.value))
    text = f"message {message.message_id} by {channel.value}: {copies.ADVICE[outcome]}, then replay"
    work.give_up(MessageResumed.of(message, channel=channel), outcome.value, text, send.__name__)


@retry_conflicts
async def resume(deps: Deps, event: MessageResumed) -> None:
    """Try a given-up message again by its channel; one that is under way or has arrived is left alone."""
    now = deps.clock.now()
    async with deps.unit_of_work(event) as work:
        if event.channel is Channel.IN_APP:
            await deps.deadlines.schedule(work, REACH, event.message_id, now, key=event.id, waited=0)
            return
        copy = await deps.store.copy(event.message_id, event.channel, work)
        if copy and copy.state is State.FAILED:
            after = copies.resumed(copy, now)
            await deps.store.put_copy(after, work)
            await _schedule(deps, after, now, work)


async def _schedule(deps: Deps, copy: Copy, due_at: datetime, work: UnitOfWork) -> None:
    payload = {"channel": copy.channel.value, "settled": copy.settled}
    key = f"{copy.channel.value}/{copy.settled}"
    await deps.deadlines.schedule(work, SEND, copy.message_id, due_at, key=key, **payload)


async def _addresses(deps: Deps, message: Message) -> dict[Channel, Address] | None:
    """Return the recipient's addresses, or None where no contact has been stated.

    Raises `ValueError` for a contact that does not open.
    """
    contact = await deps.store.contacts.get(message.recipient_id)
    if contact is None:
        return None
    return domain.addresses(
        deps.sealer.open(contact.sealed, "contact", domain.sealed_for(contact.person_id)), deps.sms_gateway
    )
