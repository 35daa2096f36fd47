"""How far the hashes of phones have been brought along, in the store."""

from datetime import datetime
from typing import NamedTuple

from shared.store.mongo import Database

_STATE = "phone_hashes"


class Brought(NamedTuple):
    """The contact up to which a round has come, and when the last round was whole; None while the first goes on."""

    after: str
    whole_at: datetime | None


class PhonesBrought:
    """The state of the rounds through all files."""

    def __init__(self, database: Database) -> None:
        self._state = database["brought_files"]

    async def state(self) -> Brought:
        """Return how far the present round has come."""
        row = await self._state.find_one({"_id": _STATE}) or {}
        return Brought(row.get("after", ""), row.get("whole_at"))

    async def keep(self, after: str, whole_at: datetime | None) -> None:
        """Store how far the present round has come."""
        await self._state.update_one({"_id": _STATE}, {"$set": {"after": after, "whole_at": whole_at}}, upsert=True)
