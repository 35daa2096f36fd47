"""Welfare of staff in the store: dated terms, and the records of persons. None is ever removed."""

from collections.abc import Sequence

from services.registration.domain.welfare import Record, Terms
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.events.registration_welfare import WelfareKind
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import area_range, page, stages
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "welfare": [
        IndexModel([("person_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("kind", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
    "welfare_terms": [IndexModel([("since", ASCENDING)])],
}
MOST_TOTALLED = 50_000
MOST_TERMS = 500


class Welfare:
    """The named queries over welfare of staff."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._records = Documents(database["welfare"], Mapper(Record, key="record_id"), sealer=sealer)
        self._terms = Documents(database["welfare_terms"], Mapper(Terms, key="terms_id"))

    async def get_terms(self, terms_id: str, work: UnitOfWork | None = None) -> Terms | None:
        """Return terms by their id."""
        return await self._terms.get(terms_id, work)

    async def terms(self) -> list[Terms]:
        """Return all terms, the latest first."""
        rows = self._terms.collection.find({"since": {"$gt": ""}}).sort([("since", -1)]).limit(MOST_TERMS)
        return self._terms.mapper.read_each(await rows.to_list(MOST_TERMS))

    async def put_terms(self, terms: Terms, act: str, work: UnitOfWork) -> None:
        """Store terms; the act goes into the log of acts."""
        await self._terms.put(terms, work)
        facts = digest(self._terms.mapper.document(terms))
        work.log(Act(f"registration.WelfareTerms.{act}", terms.terms_id, facts, area="/"))

    async def each(self, record_ids: Sequence[str], work: UnitOfWork) -> list[Record]:
        """Return the records with these ids."""
        return await self._records.each(record_ids, work)

    async def of_person(self, person_id: str, work: UnitOfWork | None = None) -> list[Record]:
        """Return the records of a person, the oldest first."""
        return sorted(await self._records.find({"person_id": person_id}, work), key=lambda one: one.record_id)

    async def insert(self, records: Sequence[Record], work: UnitOfWork) -> None:
        """Store new records."""
        await self._records.insert(records, work)

    async def page(
        self, area: str, kind: WelfareKind | None, after: str, limit: int
    ) -> tuple[list[Record], str | None]:
        """Return up to `limit` records within the area, by area and id, and what names the last."""
        only: Document = {"kind": kind.value} if kind else {}
        rows, following = await page(self._records.collection, area, after, limit, only)
        return self._records.mapper.read_each(rows), following

    async def within(self, area: str) -> list[Record]:
        """Return the records within an area, for its totals."""
        steps = [*stages([{"area_path": area_range(area)}, query(area)]), {"$limit": MOST_TOTALLED}]
        return self._records.mapper.read_each(await self._records.collection.aggregate(steps).to_list(None))
