"""Mappings of foreign rosters in the store: of an office, by the titles of a heading."""

from collections.abc import Sequence

from services.registration.domain.import_mappings import ImportMapping
from shared.base.area import ancestors
from shared.base.sealing import Sealer
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import newest
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "import_mappings": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("titles_key", ASCENDING)]),
    ]
}


class ImportMappings:
    """The named queries over remembered mappings."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._mappings = Documents(
            database["import_mappings"], Mapper(ImportMapping, key="mapping_id"), sealer=sealer, revised=False
        )

    async def get(self, mapping_id: str, work: UnitOfWork | None = None) -> ImportMapping | None:
        """Return a mapping."""
        return await self._mappings.get(mapping_id, work)

    async def of_titles(self, area: str, titles_keys: Sequence[str]) -> list[ImportMapping]:
        """Return the mappings of such titles of an area and of the areas around it, the nearest area first."""
        condition = {"titles_key": {"$in": list(titles_keys)}, "area_path": {"$in": [*ancestors(area), "/"]}}
        return sorted(await self._mappings.find(condition), key=lambda one: -len(one.area_path))

    async def page(self, area: str, after: str, limit: int) -> tuple[list[ImportMapping], str | None]:
        """Return up to `limit` mappings of an area, and what names the last."""
        rows, following = await newest(self._mappings.collection, area, after, limit)
        return self._mappings.mapper.read_each(rows), following

    async def put(self, mapping: ImportMapping, work: UnitOfWork) -> None:
        """Store a mapping, new or changed."""
        await self._mappings.put(mapping, work)

    async def remove(self, mapping_id: str, work: UnitOfWork) -> None:
        """Remove a mapping."""
        await self._mappings.collection.delete_one({"_id": mapping_id}, session=work.session)
