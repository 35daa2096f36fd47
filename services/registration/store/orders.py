"""Orders that turn colours by hand, in the store, with their residents by parts. None is ever removed."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from services.registration.domain.orders import ColourOrder, Part, State
from shared.base.clock import machine_time
from shared.base.normal_form import word
from shared.base.sealing import Sealer
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import every, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "colour_orders": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
    "colour_order_parts": [IndexModel([("order_id", ASCENDING), ("number", ASCENDING)])],
    "colour_order_counts": [IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=30 * 86_400)],
}


class Orders:
    """The named queries over colour orders."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        # No revisions: the version before this one refuses a field that it does not know.
        self._orders = Documents(
            database["colour_orders"], Mapper(ColourOrder, key="order_id"), revised=False, sealer=sealer
        )
        self._counts = database["colour_order_counts"]
        self._parts = Documents(database["colour_order_parts"], Mapper(Part, derived=_part_key), revised=False)

    async def get(self, order_id: str, work: UnitOfWork | None = None) -> ColourOrder | None:
        """Return an order."""
        return await self._orders.get(order_id, work)

    async def put(self, order: ColourOrder, work: UnitOfWork) -> None:
        """Store an order, new or changed; each step of it goes into the log of acts."""
        await self._orders.put(order, work)
        facts = self._orders.mapper.document(order)
        work.log(Act(f"registration.ColourOrder.{order.state.value}", order.order_id, digest(facts)))

    async def page(
        self, area: str, state: State | None, after: str, limit: int
    ) -> tuple[list[ColourOrder], str | None]:
        """Return up to `limit` orders of officers within the area, by area and id, and what names the last."""
        only = {"state": state.value} if state else {}
        rows, following = await page(self._orders.collection, area, after, limit, only)
        return self._orders.mapper.read_each(rows), following

    async def count_proposed(self, area: str) -> dict[str, int]:
        """Return how many orders of officers within the area wait for a second person, by the proposing officer."""
        rows = await every(self._orders.collection, area, {"state": State.PROPOSED.value})
        return dict(Counter(row["proposed_by"] for row in rows))

    async def count_single(self, officer: str, day: date, work: UnitOfWork) -> int:
        """Count one more order for a single resident by the officer on that day; return how many there are."""
        key = {"_id": f"{word(officer)}/{day.isoformat()}"}
        change = {"$inc": {"orders": 1}, "$setOnInsert": {"kept_at": machine_time()}}
        await self._counts.update_one(key, change, upsert=True, session=work.session)
        row = await self._counts.find_one(key, session=work.session)
        return int(row["orders"]) if row else 1

    async def parts(self, order_id: str, work: UnitOfWork | None = None) -> list[Part]:
        """Return the parts of an order, in order."""
        return sorted(await self._parts.find({"order_id": order_id}, work), key=lambda part: part.number)

    async def part(self, order_id: str, number: int, work: UnitOfWork) -> Part | None:
        """Return one part of an order."""
        return await self._parts.get(_key(order_id, number), work)

    async def insert_parts(self, parts: Sequence[Part], work: UnitOfWork) -> None:
        """Store the parts of a new order."""
        await self._parts.insert(parts, work)

    async def put_part(self, part: Part, work: UnitOfWork) -> None:
        """Store what became of a part."""
        await self._parts.put(part, work)


def _part_key(part: Part) -> Document:
    return {"_id": _key(part.order_id, part.number)}


def _key(order_id: str, number: int) -> str:
    return f"{order_id}/{number}"
