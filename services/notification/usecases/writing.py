"""Writing: an event makes one message to each person whom the table names, however often it comes (R5.3)."""

import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import timedelta

from services.notification import domain, templates
from services.notification.domain import Message, News, Recipient
from services.notification.usecases import MESSAGES, Deps, recipients, zone_residents
from services.notification.usecases.sending import REACH
from shared.base.ids import derived_id, new_id
from shared.events.notification import Channel, MessageFailed, MessageSent
from shared.events.registration_acts import ContactReplaced
from shared.events.registration_zones import ZoneEvent
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

NO_RECIPIENT = "no_recipient"

logger = logging.getLogger(__name__)


@retry_conflicts
async def write(deps: Deps, event: News) -> None:
    """Write the messages of an event, and publish where one has no recipient; all of it or nothing."""
    if not domain.is_understood(event):
        about = {"event_id": event.id, "type": event.type}
        logger.warning("no message of an event with a member that this version does not know: upgrade", extra=about)
    chosen = domain.choose(event, deps.clock.now())
    if not chosen:
        return
    path = await recipients.locate(deps, event)
    chosen, to_residents = zone_residents.separate(chosen)
    rows = [(template, who, await recipients.find(deps, event, who, path)) for template, who in chosen]
    addressed = {(person, template) for template, _, persons in rows for person in persons}
    unaddressed = [(template, who) for template, who, persons in rows if not persons]
    languages = await deps.store.languages(person for person, _ in addressed)
    messages = word_messages(deps, event, path, addressed, languages)
    async with deps.unit_of_work(event) as work:
        if isinstance(event, ContactReplaced):
            await deps.store.contacts.put(domain.former_contact(event), work)
        if isinstance(event, ZoneEvent) and to_residents:
            await zone_residents.begin(deps, event, to_residents, work)
        new = await deps.store.add_messages(messages, work)
        await send_on(deps, new, languages.keys(), work)
        work.emit(*(MessageSent.of(message, channel=Channel.IN_APP) for message in new))
        work.emit(*(_unaddressed(event, template, who, path) for template, who in unaddressed))
    MESSAGES.labels(Channel.IN_APP.value, "sent").inc(len(new))
    for template, who in unaddressed:
        MESSAGES.labels(Channel.IN_APP.value, NO_RECIPIENT).inc()
        logger.warning("no recipient", extra={"template": template, "who": who.value, "area_path": path})


def word_messages(
    deps: Deps, event: News, path: str, addressed: Iterable[tuple[str, str]], languages: Mapping[str, str]
) -> list[Message]:
    """Return the message to each (person, template), in the person's language."""
    facts = {"where": recipients.in_words(deps, path), **dict(event)}
    messages = []
    for person, template in sorted(addressed):
        language = languages.get(person, templates.DEFAULT)
        text = templates.render(template, language, facts, deps.zone)
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


async def send_on(deps: Deps, messages: Sequence[Message], reached: Container[str], work: UnitOfWork) -> None:
    """Have the other channels looked up: at once, or later for recipients without a contact so far."""
    wanted = []
    for message in messages:
        waited = 0 if message.recipient_id in reached else 1
        due_at = message.created_at + (domain.CONTACT_WAITS[0] if waited else timedelta())
        wanted.append((REACH, message.message_id, due_at, str(waited), {"waited": waited}))
    await deps.deadlines.schedule_all(work, wanted)


def _unaddressed(event: News, template: str, who: Recipient, path: str) -> MessageFailed:
    return MessageFailed(
        message_id=derived_id("message", event.id, f"nobody:{who.value}", template),
        recipient_id="",
        template=template,
        cause=event.id,
        area_path=path,
        channel=Channel.IN_APP,
        failure=NO_RECIPIENT,
    )
