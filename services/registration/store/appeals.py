"""Appeals against colours in the store: what they say is sealed. None is ever removed."""

from datetime import datetime
from typing import NamedTuple

from services.registration.domain.appeals import Appeal, State
from shared.base.area import query
from shared.events.registration import Colour
from shared.store.claims import Claims
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "appeals": [
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_id", ASCENDING), ("made_at", ASCENDING)]),
    ]
}
RETIRED_INDEXES = {"appeals": ["one_open"]}  # a claim took its place


class After(NamedTuple):
    """The appeal behind which a page begins."""

    due_at: datetime
    appeal_id: str


class Appeals:
    """The named queries over appeals."""

    def __init__(self, database: Database) -> None:
        self._appeals = database["appeals"]
        self._open = Claims(database, "open_appeal", self._is_open)

    async def get(self, appeal_id: str, work: UnitOfWork | None = None) -> Appeal | None:
        """Return an appeal."""
        found = await self._appeals.find_one({"_id": appeal_id}, session=work and work.session)
        return _appeal(found) if found else None

    async def of_resident(self, resident_id: str, work: UnitOfWork | None = None) -> list[Appeal]:
        """Return the appeals of a resident in the order in which they were made."""
        condition = {"resident_id": resident_id}
        found = self._appeals.find(condition, sort=[("made_at", 1)], session=work and work.session)
        return [_appeal(document) async for document in found]

    async def page(self, area: str, state: State, after: After | None, limit: int) -> list[Appeal]:
        """Return up to `limit` appeals from within the area, those first that are due first."""
        further: Document = {}
        if after is not None:
            later = {"due_at": after.due_at, "_id": {"$gt": after.appeal_id}}
            further = {"$or": [{"due_at": {"$gt": after.due_at}}, later]}
        stages: list[Document] = [{"$match": condition} for condition in ({"state": state.value}, query(area), further)]
        stages += [{"$sort": {"due_at": 1, "_id": 1}}, {"$limit": limit}]
        return [_appeal(document) async for document in self._appeals.aggregate(stages)]

    async def put(self, appeal: Appeal, work: UnitOfWork) -> None:
        """Store an appeal, new or decided."""
        facts = {name: value for name, value in vars(appeal).items() if name != "appeal_id"}
        facts |= {"colour": appeal.colour.value, "state": appeal.state.value}
        await self._appeals.replace_one({"_id": appeal.appeal_id}, facts, upsert=True, session=work.session)

    async def claim(self, appeal: Appeal, work: UnitOfWork) -> None:
        """Let it be the one open appeal of its resident against its evidence. Raises what `Claims.take` does."""
        await self._open.take(_claimed(appeal), appeal.appeal_id, work)

    async def free(self, appeal: Appeal, work: UnitOfWork) -> None:
        """Let another appeal of the resident be made against the same evidence."""
        await self._open.release(_claimed(appeal), appeal.appeal_id, work)

    async def _is_open(self, appeal_id: str, claimed: str, work: UnitOfWork) -> bool:
        appeal = await self.get(appeal_id, work)
        return appeal is not None and appeal.state is State.OPEN and _claimed(appeal) == claimed


def _claimed(appeal: Appeal) -> str:
    return f"{appeal.resident_id}/{appeal.evidence}"


def _appeal(document: Document) -> Appeal:
    facts = {name: value for name, value in document.items() if name != "_id"}
    facts |= {"colour": Colour(facts["colour"]), "state": State(facts["state"])}
    return Appeal(appeal_id=document["_id"], **facts)
