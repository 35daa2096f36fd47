"""Permits in the store: visitors, entries of lists, leave to go out."""

from collections.abc import Iterable, Sequence

from services.checkpoint.domain.permit import Permit
from services.checkpoint.store.retention import PERMITS_S
from shared.base.sealing import Sealer
from shared.events.checkpoint import PermitKind
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "permits": [
        IndexModel([("known_as", ASCENDING)]),
        IndexModel([("kind", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("checkpoint_id", ASCENDING), ("kind", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("ends_at", ASCENDING)], expireAfterSeconds=PERMITS_S),
    ]
}


class Permits:
    """The named queries over permits."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._permits = Documents(database["permits"], Mapper(Permit, "permit_id"), sealer=sealer)

    async def get(self, permit_id: str, work: UnitOfWork | None = None) -> Permit | None:
        """Return the permit that gates know by this id: a visitor's has one for each credential."""
        return await self._permits.first({"known_as": permit_id}, work)

    async def each(self, ids: Sequence[str], work: UnitOfWork) -> dict[str, Permit]:
        """Return the permits with those ids, by id."""
        return {permit.permit_id: permit for permit in await self._permits.each(ids, work)}

    async def put(self, permits: Sequence[Permit], known: Iterable[str], work: UnitOfWork) -> None:
        """Store permits; those with an id in `known` are stored already and change."""
        new = {permit.permit_id for permit in permits}.difference(known)
        await self._permits.put_each(permits, new, work)

    async def within(
        self, kind: PermitKind, path: str, checkpoint_id: str, after: str, limit: int
    ) -> tuple[list[Permit], str | None]:
        """Return up to `limit` permits of a kind, place by place: those of a checkpoint, or all within the path."""
        of = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
        rows, following = await page(self._permits.collection, path, after, limit, of | {"kind": kind.value})
        return self._permits.mapper.read_each(rows), following
