"""The steps of a message to every resident of a zone: each writes some, none twice however often it is done (N1)."""

from services.notification.usecases import MESSAGES, Deps, recipients, zone_residents
from services.notification.usecases.writing import send_on, word_messages
from shared.events.notification import Channel, MessageSent
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import retry_conflicts

AT_ONCE = 100


@retry_conflicts
async def write_some(deps: Deps, deadline: Deadline) -> None:
    """Write the message to some residents of a path of the zone, and have the next step fall due.

    A message has one id by event, person and template, so a resident gets one however the doors change under way.
    """
    stated = {name: value for name, value in deadline.payload.items() if name not in ("path", "after")}
    event = zone_residents.event_of(stated)
    if event is None:
        return
    number, after = deadline.payload["path"], deadline.payload["after"]
    residents, following = await deps.store.residents_within(event.paths[number], after, AT_ONCE)
    persons = [one.resident_id for one in residents]
    path = await recipients.locate(deps, event)
    languages = await deps.store.languages(persons)
    messages = word_messages(deps, event, path, [(one, stated["template"]) for one in persons], languages)
    async with deps.unit_of_work(deadline) as work:
        new = await deps.store.add_messages(messages, work)
        await send_on(deps, new, languages.keys(), work)
        work.emit(*(MessageSent.of(message, channel=Channel.IN_APP) for message in new))
        await zone_residents.follow(deps, event, stated, number + (following is None), following or "", work)
    MESSAGES.labels(Channel.IN_APP.value, "sent").inc(len(new))
