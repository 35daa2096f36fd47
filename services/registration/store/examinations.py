"""Rows that wait for another office, in the store: sealed, with what the office decided."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from services.registration.domain.examinations import Examination, Notice, State
from shared.base.clock import machine_time
from shared.base.sealing import Sealer
from shared.store.act_log import Act, digest
from shared.store.counting import count
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, DuplicateKeyError, IndexModel, write_conflict
from shared.store.queries import known_ids, page
from shared.store.unit_of_work import UnitOfWork

T = TypeVar("T")

EXAMINATIONS, NOTICES = "examinations", "examination_notices"
RETENTION_S, NOTICES_RETENTION_S = 180 * 86_400, 30 * 86_400
INDEXES = {
    EXAMINATIONS: [
        IndexModel([("state", ASCENDING), ("home_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ],
    NOTICES: [IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=NOTICES_RETENTION_S)],
}


class Examinations:
    """The named queries over rows that wait for another office."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        mapper = Mapper(Examination, "examination_id", _expiry)
        self._examinations = Documents(database[EXAMINATIONS], mapper, sealer=sealer)
        self._notices = Documents(database[NOTICES], Mapper(Notice, "notice_id", _expiry), revised=False)

    async def get(self, examination_id: str, work: UnitOfWork | None = None) -> Examination | None:
        """Return an examination."""
        return await self._examinations.get(examination_id, work)

    async def page(self, home: str, state: State, after: str, limit: int) -> tuple[list[Examination], str | None]:
        """Return up to `limit` examinations of the people of an area, by door and id, and what names the last."""
        only = {"state": state.value}
        rows, following = await page(self._examinations.collection, home, after, limit, only, field="home_path")
        return self._examinations.mapper.read_each(rows), following

    async def count(self, home: str, state: State) -> int:
        """Return how many examinations of the people of an area are in that state."""
        return await count(self._examinations.collection, home, {"state": state.value}, field="home_path")

    async def ask(self, asked: Sequence[Examination], work: UnitOfWork) -> list[Examination]:
        """Store those that are not there yet, and return them."""
        new = await _insert_new(self._examinations, {one.examination_id: one for one in asked}, work)
        for one in new:
            self._log(one, work)
        return new

    async def put(self, examination: Examination, work: UnitOfWork) -> None:
        """Store an examination that was decided."""
        await self._examinations.put(examination, work)
        self._log(examination, work)

    def _log(self, examination: Examination, work: UnitOfWork) -> None:
        facts = self._examinations.mapper.document(examination)
        kind = f"registration.Examination.{examination.state.value}"
        work.log(Act(kind, examination.examination_id, digest({**facts, "sealed": "", "kept_at": None})))

    async def note(self, notices: Sequence[Notice], work: UnitOfWork) -> list[Notice]:
        """Store that offices learn of rows, and return what they have not learnt yet."""
        return await _insert_new(self._notices, {one.notice_id: one for one in notices}, work)


async def _insert_new(documents: Documents[T], by_id: Mapping[str, T], work: UnitOfWork) -> list[T]:
    known = await known_ids(documents.collection, by_id, work.session)
    new = [one for key, one in by_id.items() if key not in known]
    try:
        await documents.insert(new, work)
    except DuplicateKeyError:
        raise write_conflict("another process stores the same row to examine") from None
    return new


def _expiry(_: object) -> Document:
    return {"kept_at": machine_time()}
