"""Who is where, in the store: residents in buckets, each a document that also says how many are inside which place."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from services.checkpoint.domain.passage import partition_of
from services.checkpoint.domain.presence import Seen
from services.checkpoint.store.retention import PRESENCE_S
from shared.base.area import within
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, set_unchanged
from shared.store.queries import find_each

PRESENCE_RETENTION = timedelta(seconds=PRESENCE_S)
BUCKETS = 96

INDEXES = {"presence": [IndexModel([("written_at", ASCENDING)], expireAfterSeconds=PRESENCE_S)]}

_decoder = msgspec.msgpack.Decoder(dict[str, Seen])


@dataclass
class Bucket:
    """Some of the residents, as they were when the document had that version."""

    id: str
    version: int = 0
    residents: dict[str, Seen] = field(default_factory=dict)


class Presence:
    """The named queries over presence.

    One write a resident costs more than the passage itself; a bucket takes all that a batch holds of its residents in
    one. Whose passages lie in one partition lie in one bucket, as long as the buckets are a multiple of the partitions:
    then no two recorders write one at the same time. If they do all the same, `save` returns it.
    """

    def __init__(self, database: Database, buckets: int = BUCKETS) -> None:
        self._presence = database["presence"]
        self._buckets = buckets

    async def of(self, residents: Iterable[str]) -> dict[str, Bucket]:
        """Return the bucket of each of the residents; those of one bucket share it."""
        ids = {resident: self._bucket(resident) for resident in residents}
        buckets = {identity: Bucket(identity) for identity in set(ids.values())}
        for row in await find_each(self._presence, sorted(buckets), ["version", "residents"]):
            buckets[row["_id"]] = Bucket(row["_id"], row["version"], _decoder.decode(row["residents"]))
        return {resident: buckets[identity] for resident, identity in ids.items()}

    async def save(self, buckets: Iterable[Bucket], now: datetime) -> set[str]:
        """Store the buckets; return the ids of those that another recorder has changed since they were read."""
        return await set_unchanged(self._presence, [_document(bucket, now) for bucket in buckets])

    async def inside(self, path: str) -> dict[str, int]:
        """Return how many residents are inside each of the places within the path where there are any."""
        count: Counter[str] = Counter()
        every = [f"{self._buckets}/{number}" for number in range(self._buckets)]
        for row in await find_each(self._presence, every, ["inside"]):
            count.update({place: number for place, number in row["inside"].items() if within(place, path)})
        return dict(sorted(count.items()))

    def _bucket(self, resident_id: str) -> str:
        # As the scan log chooses partitions: a bucket is of one partition where the one number divides the other.
        return f"{self._buckets}/{partition_of(resident_id.encode(), self._buckets)}"


def _document(bucket: Bucket, now: datetime) -> Document:
    kept = _keep_newest(bucket.residents, now - PRESENCE_RETENTION)
    inside = Counter(seen.inside for seen in kept.values() if seen.inside is not None)
    return {
        "_id": bucket.id,
        "version": bucket.version + 1,
        "written_at": now,
        "residents": msgspec.msgpack.encode(kept),
        "inside": dict(inside),
    }


def _keep_newest(residents: Mapping[str, Seen], since: datetime) -> dict[str, Seen]:
    return {resident: seen for resident, seen in residents.items() if seen.newest and seen.newest >= since}
