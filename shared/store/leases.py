"""Leases: one of several replicas does a thing at a time, and another takes over when it is gone."""

from datetime import timedelta

from shared.base.clock import machine_time
from shared.base.ids import new_id
from shared.store.mongo import Database, DuplicateKeyError, ReturnDocument

LEASES = "leases"


class LeaseLost(Exception):
    """Another process holds the lease by now: stop at once what it is for."""


class Lease:
    """A named lease in the service's database. It runs on machine time, which a drill's clock does not move."""

    def __init__(self, database: Database, name: str, length: timedelta) -> None:
        self._leases = database[LEASES]
        self._name = name
        self._length = length
        self.owner = new_id()

    async def hold(self) -> bool:
        """Take or renew the lease; whether it is ours now."""
        now = machine_time()
        try:
            row = await self._leases.find_one_and_update(
                {"_id": self._name, "$or": [{"owner": self.owner}, {"until": {"$lt": now}}]},
                {"$set": {"owner": self.owner, "until": now + self._length}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            return False  # another process holds it: the filter missed and the insert met its row
        return bool(row and row["owner"] == self.owner)

    async def keep(self) -> None:
        """Renew the lease. Raises `LeaseLost` when another process has it."""
        if not await self.hold():
            raise LeaseLost(self._name)

    async def release(self) -> None:
        """Give the lease up, if it is ours, so that another need not wait."""
        await self._leases.delete_one({"_id": self._name, "owner": self.owner})
