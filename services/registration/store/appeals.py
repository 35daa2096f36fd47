"""Appeals against colours in the store: their texts are sealed. None is ever removed."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.domain.appeals import Appeal, State
from services.registration.domain.to_do import Waiting
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.store.by_time import TimePosition, by_time
from shared.store.claims import Claims
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import stages
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "appeals": [
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_id", ASCENDING), ("made_at", ASCENDING)]),
    ]
}
RETIRED_INDEXES = {"appeals": ["one_open"]}  # a claim replaces it


class Appeals:
    """The named queries over appeals."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        # No revisions: the version before this one refuses a field that it does not know.
        self._appeals = Documents(database["appeals"], Mapper(Appeal, key="appeal_id"), revised=False, sealer=sealer)
        self._open = Claims(database, "open_appeal", self._is_open)

    async def get(self, appeal_id: str, work: UnitOfWork | None = None) -> Appeal | None:
        """Return an appeal."""
        return await self._appeals.get(appeal_id, work)

    async def of_resident(self, resident_ids: Sequence[str], work: UnitOfWork | None = None) -> list[Appeal]:
        """Return the appeals of a resident of these ids in the order in which they were made."""
        theirs = {"resident_id": {"$in": list(resident_ids)}}
        return sorted(await self._appeals.find(theirs, work), key=lambda appeal: appeal.made_at)

    async def page(
        self, area: str, state: State, latest_first: bool, after: TimePosition | None, limit: int
    ) -> list[Appeal]:
        """Return up to `limit` appeals from within the area, by the time when they are due, those behind `after`."""
        only, within = {"state": state.value}, [query(area)]
        rows = await by_time(self._appeals.collection, only, within, after, limit, latest_first, field="due_at")
        return self._appeals.mapper.read_each(rows)

    async def count_open(self, area: str, now: datetime) -> Waiting:
        """Return how many appeals from within the area are open, and how many of them should be decided by `now`."""
        steps = stages([{"state": State.OPEN.value}, query(area)])
        due = [row["due_at"] async for row in self._appeals.collection.aggregate([*steps, {"$project": {"due_at": 1}}])]
        return Waiting(len(due), sum(now >= at for at in due))

    async def put(self, appeal: Appeal, work: UnitOfWork) -> None:
        """Store an appeal, new or decided."""
        await self._appeals.put(appeal, work)

    async def claim(self, appeal: Appeal, work: UnitOfWork) -> None:
        """Let it be the one open appeal of its resident against its evidence. Raises what `Claims.take` does."""
        await self._open.take(_claim_value(appeal), appeal.appeal_id, work)

    async def free(self, appeal: Appeal, work: UnitOfWork) -> None:
        """Let another appeal of the resident be made against the same evidence."""
        await self._open.release(_claim_value(appeal), appeal.appeal_id, work)

    async def _is_open(self, appeal_id: str, claimed: str, work: UnitOfWork) -> bool:
        appeal = await self.get(appeal_id, work)
        return appeal is not None and appeal.state is State.OPEN and _claim_value(appeal) == claimed


def _claim_value(appeal: Appeal) -> str:
    return f"{appeal.resident_id}/{appeal.evidence}"
