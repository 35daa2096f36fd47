"""Telling: an event becomes one message to each person whom the table names, however often it comes (R5.3)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.notification import domain, templates
from services.notification.domain import Message, Who
from services.notification.usecases import MESSAGES, Deps, facts, recipients
from services.notification.usecases.sending import REACH
from shared.envelope import Event
from shared.events.notification import Channel, MessageFailed, MessageSent
from shared.ids import derived_id, new_id
from shared.unit_of_work import UnitOfWork, retry_conflicts

NOBODY = "no_recipient"

logger = logging.getLogger(__name__)


@retry_conflicts
async def tell(deps: Deps, event: Event) -> None:
    """Write the messages of an event, and say so where there is nobody to write to; all of it or nothing."""
    now = deps.clock.now()
    told = domain.told(event, now)
    if not told:
        return
    path = await recipients.place(deps, event)
    found = [(template, who, await recipients.find(deps, event, who, path)) for template, who in told]
    addressed = {(template, person) for template, _, persons in found for person in persons}
    nobody = [(template, who) for template, who, persons in found if not persons]
    languages = await deps.store.languages({person for _, person in addressed})
    worded = {"where": recipients.in_words(deps, path), **dict(event)}
    messages = [
        _message(deps, event, template, person, path, languages.get(person, templates.DEFAULT), worded, now)
        for template, person in sorted(addressed)
    ]
    async with deps.unit_of_work(event) as work:
        new = await deps.store.add_messages(messages, work)
        await _send_on(deps, new, languages, now, work)
        work.emit(*(MessageSent(**facts(message, Channel.IN_APP)) for message in new))
        work.emit(*(_unaddressed(event, template, who, path) for template, who in nobody))
    MESSAGES.labels(Channel.IN_APP.value, "sent").inc(len(new))
    for template, who in nobody:
        MESSAGES.labels(Channel.IN_APP.value, NOBODY).inc()
        logger.warning("nobody to tell", extra={"template": template, "who": who.value, "area_path": path})


def _message(
    deps: Deps,
    event: Event,
    template: str,
    person: str,
    path: str,
    language: str,
    worded: dict[str, Any],
    now: datetime,
) -> Message:
    text = templates.render(template, language, worded, deps.zone)
    return Message(
        message_id=derived_id("message", event.id, person, template),
        recipient_id=person,
        template=template,
        cause=event.id,
        subject=event.key,
        area_path=path,
        language=language,
        title=text.title,
        body=text.body,
        link=domain.link(event),
        order=new_id(),
        created_at=now,
        correlation_id=event.meta.correlation_id,
    )


async def _send_on(deps: Deps, new: Sequence[Message], known: dict[str, str], now: datetime, work: UnitOfWork) -> None:
    """Have the other channels looked up: at once, or later for whom no contact has been stated yet."""
    later = domain.CONTACT_WAITS[0]
    waits = {message.message_id: 0 if message.recipient_id in known else 1 for message in new}
    await deps.deadlines.schedule_all(
        work,
        [
            (REACH, message_id, now + (later if waited else timedelta()), str(waited), {"waited": waited})
            for message_id, waited in waits.items()
        ],
    )


def _unaddressed(event: Any, template: str, who: Who, path: str) -> MessageFailed:
    return MessageFailed(
        message_id=derived_id("message", event.id, f"nobody:{who.value}", template),
        recipient_id="",
        template=template,
        cause=event.id,
        area_path=path,
        channel=Channel.IN_APP,
        failure=NOBODY,
    )
