"""Orders that turn colours by hand, in the store, with their residents by parts. None is ever removed."""

from collections.abc import Sequence

from services.registration.domain.orders import ColourOrder, Part, State
from shared.events.registration import Colour
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import Page, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "colour_orders": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
    "colour_order_parts": [IndexModel([("order_id", ASCENDING), ("number", ASCENDING)])],
}


class Orders:
    """The named queries over colour orders."""

    def __init__(self, database: Database) -> None:
        self._orders = database["colour_orders"]
        self._parts = database["colour_order_parts"]

    async def get(self, order_id: str, work: UnitOfWork | None = None) -> ColourOrder | None:
        """Return an order."""
        found = await self._orders.find_one({"_id": order_id}, session=work and work.session)
        return order_of(found) if found else None

    async def put(self, order: ColourOrder, work: UnitOfWork) -> None:
        """Store an order, new or changed."""
        facts = {name: value for name, value in vars(order).items() if name != "order_id"}
        facts |= {"colour": order.colour.value, "state": order.state.value}
        await self._orders.replace_one({"_id": order.order_id}, facts, upsert=True, session=work.session)

    async def page(self, area: str, state: State | None, after: str, limit: int) -> Page:
        """Return up to `limit` orders of officers within the area, by area and then in the order of their ids."""
        return await page(self._orders, area, after, limit, {"state": state.value} if state else {})

    async def parts(self, order_id: str, work: UnitOfWork | None = None) -> list[Part]:
        """Return the parts of an order, in order."""
        found = self._parts.find({"order_id": order_id}, sort=[("number", 1)], session=work and work.session)
        return [_part(document) async for document in found]

    async def part(self, order_id: str, number: int, work: UnitOfWork) -> Part | None:
        """Return one part of an order."""
        found = await self._parts.find_one({"_id": _key(order_id, number)}, session=work.session)
        return _part(found) if found else None

    async def insert_parts(self, parts: Sequence[Part], work: UnitOfWork) -> None:
        """Store the parts of a new order."""
        documents = [vars(part) | {"_id": _key(part.order_id, part.number)} for part in parts]
        await self._parts.insert_many(documents, session=work.session)

    async def put_part(self, part: Part, work: UnitOfWork) -> None:
        """Store what became of a part."""
        key = _key(part.order_id, part.number)
        await self._parts.replace_one({"_id": key}, dict(vars(part)), session=work.session)


def order_of(document: Document) -> ColourOrder:
    """Return the order that a document holds."""
    facts = {name: value for name, value in document.items() if name != "_id"}
    facts |= {"colour": Colour(facts["colour"]), "state": State(facts["state"])}
    return ColourOrder(order_id=document["_id"], **facts)


def _part(document: Document) -> Part:
    facts = {name: value for name, value in document.items() if name != "_id"}
    facts |= {name: tuple(facts[name]) for name in ("resident_ids", "not_found")}
    return Part(**facts)


def _key(order_id: str, number: int) -> str:
    return f"{order_id}/{number}"
