"""Unknown cards and numbers by device and minute, in the store: one count of all processes."""

from datetime import datetime

from services.checkpoint.store.retention import TRIES_S
from shared.store.mongo import ASCENDING, Database, IndexModel

INDEXES = {"unknown_tries": [IndexModel([("at", ASCENDING)], expireAfterSeconds=TRIES_S)]}


class Tries:
    """The count of each device and minute."""

    def __init__(self, database: Database) -> None:
        self._tries = database["unknown_tries"]

    async def add(self, device: str, live: bool, minute: int, count: int, at: datetime) -> int:
        """Add to the count of a device and minute, live scans apart from others; return the sum of all processes."""
        key = {"_id": f"{device}/{'live' if live else 'later'}/{minute}"}
        await self._tries.update_one(key, {"$inc": {"count": count}, "$set": {"at": at}}, upsert=True)
        row = await self._tries.find_one(key)
        return int(row["count"]) if row else count
