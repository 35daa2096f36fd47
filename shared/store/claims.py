"""Claims: a value that has one holder at a time and is free again after it (docs/adr/0014-claims.md)."""

from collections.abc import Awaitable, Callable

from shared.store.mongo import Database, DuplicateKeyError, write_conflict
from shared.store.unit_of_work import UnitOfWork

CLAIMS = "claims"

Holds = Callable[[str, str, UnitOfWork], Awaitable[bool]]


class Claims:
    """The claims of one kind in a service's database: documents whose `_id` is `kind/value`, with their `holder`.

    A claim is taken and released in the unit of work that stores what it guards. `holds(holder, value, work)` says by
    the holder's own state whether it still has the value: an earlier version may have ended it and left the claim.
    """

    def __init__(self, database: Database, kind: str, holds: Holds) -> None:
        self._claims = database[CLAIMS]
        self._kind = kind
        self._holds = holds

    async def take(self, value: str, holder: str, work: UnitOfWork) -> None:
        """Let `holder` have the value; the caller has read before that no other holder has it.

        Raises a write conflict when another holder has taken it since: `retry_conflicts` calls the use case again,
        which then reads that holder and refuses in its own words.
        """
        key = self._key(value)
        if left := await self._claims.find_one({"_id": key}, session=work.session):
            if left["holder"] != holder and await self._holds(left["holder"], value, work):
                raise write_conflict(f"{key} is claimed")
            await self.release(value, left["holder"], work)
        try:
            await self._claims.insert_one({"_id": key, "holder": holder}, session=work.session)
        except DuplicateKeyError:
            raise write_conflict(f"{key} is claimed") from None

    async def release(self, value: str, holder: str, work: UnitOfWork) -> None:
        """Free the value where `holder` has it; what was stored before there were claims has none."""
        await self._claims.delete_one({"_id": self._key(value), "holder": holder}, session=work.session)

    def _key(self, value: str) -> str:
        return f"{self._kind}/{value}"
