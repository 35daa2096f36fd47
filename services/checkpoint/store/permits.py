"""Permits in the store: visitors, entries of lists, leave to go out."""

from collections.abc import Iterable, Sequence

from services.checkpoint.store.pages import DAY_S, by_id
from shared.events.checkpoint import PermitKind
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, ReplaceOne
from shared.store.queries import Page, page
from shared.store.unit_of_work import UnitOfWork

# How long a permit, and what a visitor said, is kept after its end.
PERMIT_RETENTION_S = 30 * DAY_S

INDEXES = {
    "permits": [
        IndexModel([("known_as", ASCENDING)]),
        IndexModel([("kind", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("checkpoint_id", ASCENDING), ("kind", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ends_at", ASCENDING)], expireAfterSeconds=PERMIT_RETENTION_S),
    ]
}


class Permits:
    """The named queries over permits."""

    def __init__(self, database: Database) -> None:
        self._permits = database["permits"]

    async def get(self, permit_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return the permit that gates know by this id: a visitor's has one for each thing that is shown."""
        return await self._permits.find_one({"known_as": permit_id}, session=work and work.session)

    async def each(self, ids: Sequence[str], work: UnitOfWork) -> dict[str, Document]:
        """Return the permits with those ids, by id."""
        return await by_id(self._permits, ids, work)

    async def put(self, permits: Iterable[Document], known: Iterable[str], work: UnitOfWork) -> None:
        """Store permits; those with an id in `known` are there already and are replaced."""
        there = set(known)
        permits = list(permits)
        if new := [permit for permit in permits if permit["_id"] not in there]:
            await self._permits.insert_many(new, session=work.session)
        if changed := [ReplaceOne({"_id": one["_id"]}, one) for one in permits if one["_id"] in there]:
            await self._permits.bulk_write(changed, session=work.session)

    async def within(self, kind: PermitKind, path: str, checkpoint_id: str | None, after: str, limit: int) -> Page:
        """Return up to `limit` permits of a kind, place by place: those of a checkpoint, or all within the path."""
        of = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
        return await page(self._permits, path, after, limit, of | {"kind": kind.value})
