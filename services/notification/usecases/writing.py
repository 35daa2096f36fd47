"""Telling: an event becomes one message to each person whom the table names, however often it comes (R5.3)."""

import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.notification import domain, templates
from services.notification.domain import Message, Who
from services.notification.usecases import MESSAGES, Deps, facts, recipients
from services.notification.usecases.sending import REACH
from shared.base.ids import derived_id, new_id
from shared.envelope.event import Event
from shared.events.notification import Channel, MessageFailed, MessageSent
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

NOBODY = "no_recipient"

logger = logging.getLogger(__name__)


@retry_conflicts
async def tell(deps: Deps, event: Event) -> None:
    """Write the messages of an event, and say so where there is nobody to write to; all of it or nothing."""
    told = domain.told(event, deps.clock.now())
    if not told:
        return
    path = await recipients.place(deps, event)
    found = [(template, who, await recipients.find(deps, event, who, path)) for template, who in told]
    addressed = {(person, template) for template, _, persons in found for person in persons}
    nobody = [(template, who) for template, who, persons in found if not persons]
    languages = await deps.store.languages(person for person, _ in addressed)
    messages = _worded(deps, event, path, addressed, languages)
    async with deps.unit_of_work(event) as work:
        new = await deps.store.add_messages(messages, work)
        await _send_on(deps, new, languages.keys(), work)
        work.emit(*(MessageSent(**facts(message, Channel.IN_APP)) for message in new))
        work.emit(*(_unaddressed(event, template, who, path) for template, who in nobody))
    MESSAGES.labels(Channel.IN_APP.value, "sent").inc(len(new))
    for template, who in nobody:
        MESSAGES.labels(Channel.IN_APP.value, NOBODY).inc()
        logger.warning("nobody to tell", extra={"template": template, "who": who.value, "area_path": path})


def _worded(
    deps: Deps, event: Event, path: str, addressed: Iterable[tuple[str, str]], languages: Mapping[str, str]
) -> list[Message]:
    """Return the message to each (person, template), in the person's language."""
    facts_of_event = {"where": recipients.in_words(deps, path), **dict(event)}
    messages = []
    for person, template in sorted(addressed):
        language = languages.get(person, templates.DEFAULT)
        text = templates.render(template, language, facts_of_event, deps.zone)
        message = Message(
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
            created_at=deps.clock.now(),
        )
        messages.append(message)
    return messages


async def _send_on(deps: Deps, messages: Sequence[Message], reached: Container[str], work: UnitOfWork) -> None:
    """Have the other channels looked up: at once, or later for whom no contact has been stated yet."""
    wanted = []
    for message in messages:
        waited = 0 if message.recipient_id in reached else 1
        due_at = message.created_at + (domain.CONTACT_WAITS[0] if waited else timedelta())
        wanted.append((REACH, message.message_id, due_at, str(waited), {"waited": waited}))
    await deps.deadlines.schedule_all(work, wanted)


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
