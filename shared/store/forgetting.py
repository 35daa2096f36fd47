"""Published events of an erased person leave the store: the newest of each key, which holds nothing, stays."""

from collections.abc import Iterable, Mapping

from shared.store.latest import FIRST, name_of
from shared.store.mongo import Database
from shared.store.unit_of_work import OUTBOX


async def forget_events(database: Database, topics: Iterable[str], key: str) -> Mapping[str, int]:
    """Remove the earlier events of a key from what waits for repeats and from the first events of imports.

    Returns no counts, as the events are copies. What is not published yet stays, in its order.
    """
    away = {"$pull": {"events": {"key": key}}}
    for topic in topics:
        await database[FIRST].update_many({"keys": name_of(topic, key)}, away)
        published = {"topic": topic, "published_at": {"$ne": None}, "events.key": key}
        await database[OUTBOX].update_many(published, away)
    return {}
