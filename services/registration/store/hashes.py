"""How far the hashes by which residents are searched have been brought along, in the store."""

from datetime import datetime
from typing import NamedTuple

from shared.store.mongo import Database

_STATE = "search_hashes"


class Brought(NamedTuple):
    """The file up to which a round has come, and when the last round was whole; None while the first goes on.

    `by` names the key and the form of the hashes.
    """

    after: str
    whole_at: datetime | None
    by: str


class HashesBrought:
    """The state of the rounds through all files."""

    def __init__(self, database: Database) -> None:
        self._state = database["brought_files"]

    async def state(self) -> Brought:
        """Return how far the present round has come."""
        row = await self._state.find_one({"_id": _STATE}) or {}
        return Brought(row.get("after", ""), row.get("whole_at"), row.get("by", ""))

    async def keep(self, state: Brought) -> None:
        """Store how far the present round has come."""
        await self._state.update_one({"_id": _STATE}, {"$set": state._asdict()}, upsert=True)
