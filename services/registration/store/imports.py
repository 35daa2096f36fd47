"""Reports of imports in the store."""

from datetime import UTC, datetime

from shared.mongo import ASCENDING, Database, Document, IndexModel

IMPORTS_RETENTION_S = 180 * 86_400
INDEXES = {"imports": [IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=IMPORTS_RETENTION_S)]}


class Imports:
    """The named queries over reports of imports."""

    def __init__(self, database: Database) -> None:
        self._imports = database["imports"]

    async def put(self, report: Document) -> None:
        """Keep an import's report; it holds row numbers and problems, no personal data."""
        # The store removes by the machine's time, from which a drill's clock may be far away.
        kept = report | {"kept_at": datetime.now(UTC)}
        # An insert that the driver sends again after a crash of the store would meet itself.
        await self._imports.replace_one({"_id": report["_id"]}, kept, upsert=True)

    async def get(self, import_id: str) -> Document | None:
        """Return an import's report."""
        return await self._imports.find_one({"_id": import_id})
