"""Supply's store: depots, stock, receipts, deliveries, and the isolation cases and special care they are for."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from services.supply.domain.deliveries import OPEN, Allotment, Delivery, Failure, Line, State, lacking
from services.supply.domain.goods import Depot, Level, Receipt, Stock
from shared.base import area
from shared.events.supply import DeliveryKind, FailureReason
from shared.store.mongo import ASCENDING, Collection, Database, Document, IndexModel
from shared.store.queries import find_each, page_by_id
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "depots": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "stock": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]), IndexModel([("depot_id", ASCENDING)])],
    "receipts": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
    "deliveries": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("household_id", ASCENDING), ("kind", ASCENDING), ("asked_at", ASCENDING)]),
        IndexModel([("lacks", ASCENDING), ("asked_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_ids", ASCENDING), ("kind", ASCENDING)]),
    ],
}
_OPEN = sorted(state.value for state in OPEN)


class Store:
    """The named queries of supply."""

    def __init__(self, database: Database) -> None:
        self._depots = database["depots"]
        self._stock = database["stock"]
        self._receipts = database["receipts"]
        self._deliveries = database["deliveries"]
        self._cases = database["cases"]
        self._care = database["care"]

    # depots, stock and receipts

    async def depot(self, depot_id: str, work: UnitOfWork | None = None) -> Depot | None:
        """Return a depot."""
        found = await self._depots.find_one({"_id": depot_id}, session=work and work.session)
        return _depot(found) if found else None

    async def depots_above(self, path: str, work: UnitOfWork) -> list[Depot]:
        """Return the depots that serve a door, the nearest first: those whose area it lies in, walking up."""
        condition = {"area_path": {"$in": area.ancestors(path)}}
        found = await self._depots.find(condition, session=work.session).to_list(None)
        found.sort(key=lambda row: (-len(row["area_path"]), row["_id"]))
        return [_depot(row) for row in found]

    async def depots_page(self, within: str, after: str, limit: int) -> list[Depot]:
        """Return up to `limit` depots within the area whose id follows `after`."""
        return [_depot(row) for row in await page_by_id(self._depots, within, after, limit)]

    async def put_depot(self, depot: Depot, work: UnitOfWork) -> None:
        """Store a depot, new or changed; its stock moves with it."""
        await _put(self._depots, depot.depot_id, {"name": depot.name, "area_path": depot.area_path}, work)
        place = {"$set": {"area_path": depot.area_path}, "$inc": {"revision": 1}}
        await self._stock.update_many({"depot_id": depot.depot_id}, place, session=work.session)

    async def stock(self, depot: Depot, item: str, work: UnitOfWork) -> Stock:
        """Return what a depot has of an item: nothing, where none ever came in."""
        found = await self._stock.find_one({"_id": f"{depot.depot_id}/{item}"}, session=work.session)
        return _stock(found) if found else Stock(depot.depot_id, item, depot.area_path)

    async def stock_of(self, depot_id: str, work: UnitOfWork) -> list[Stock]:
        """Return everything a depot has."""
        found = self._stock.find({"depot_id": depot_id}, session=work.session)
        return [_stock(row) for row in await found.to_list(None)]

    async def stock_page(self, within: str, depot_id: str, item: str, after: str, limit: int) -> list[Stock]:
        """Return up to `limit` kinds of goods at depots within the area whose id follows `after`."""
        found = await page_by_id(self._stock, within, after, limit, _given(depot_id=depot_id), _given(item=item))
        return [_stock(row) for row in found]

    async def put_stock(self, stock: Stock, work: UnitOfWork) -> None:
        """Store what a depot has of an item; whoever does so at the same moment meets a conflict."""
        await _put(self._stock, stock.stock_id, asdict(stock) | {"level": stock.level.value}, work)

    async def receipt(self, receipt_id: str, work: UnitOfWork) -> Document | None:
        """Return a receipt."""
        return await self._receipts.find_one({"_id": receipt_id}, session=work.session)

    async def receipts_page(self, within: str, source: str, after: str, limit: int) -> list[Document]:
        """Return up to `limit` receipts at depots within the area whose id follows `after`."""
        return await page_by_id(self._receipts, within, after, limit, also=_given(source=source))

    async def add_receipt(self, receipt: Document, work: UnitOfWork) -> None:
        """Store a receipt, with where, when and by whom it was taken in."""
        await self._receipts.insert_one(receipt, session=work.session)

    # deliveries

    async def delivery(self, delivery_id: str, work: UnitOfWork | None = None) -> Delivery | None:
        """Return a delivery."""
        found = await self._deliveries.find_one({"_id": delivery_id}, session=work and work.session)
        return _delivery(found) if found else None

    async def deliveries_page(
        self, within: str, household_id: str, state: str, kind: str, after: str, limit: int
    ) -> list[Delivery]:
        """Return up to `limit` deliveries within the area whose id follows `after`."""
        only = _given(household_id=household_id) or _given(state=state)
        also = _given(state=state, kind=kind)
        return [_delivery(row) for row in await page_by_id(self._deliveries, within, after, limit, only, also)]

    async def deliveries_of(self, household_id: str, kind: DeliveryKind, work: UnitOfWork) -> list[Delivery]:
        """Return the deliveries of a kind that the household ever had, in the order they were asked for."""
        condition = {"household_id": household_id, "kind": kind.value}
        found = self._deliveries.find(condition, session=work.session).sort("asked_at", 1)
        return [_delivery(row) for row in await found.to_list(None)]

    async def households_expecting(self, kind: DeliveryKind, resident_ids: Sequence[str]) -> set[str]:
        """Return the households for whose residents among these a delivery of that kind is on its way."""
        is_open = {"$in": _OPEN}
        found = await find_each(
            self._deliveries, resident_ids, ["household_id"], by="resident_ids", kind=kind.value, state=is_open
        )
        return {row["household_id"] for row in found}

    async def waiting(self, stock: Stock, limit: int, work: UnitOfWork) -> list[Delivery]:
        """Return up to `limit` deliveries that wait for such goods where the depot serves, first come first."""
        stages = [*_matches([{"lacks": stock.item}, area.query(stock.area_path)]), {"$sort": {"asked_at": 1, "_id": 1}}]
        found = self._deliveries.aggregate([*stages, {"$limit": limit}], session=work.session)
        return [_delivery(row) for row in await found.to_list(limit)]

    async def put_delivery(self, delivery: Delivery, work: UnitOfWork) -> None:
        """Store a delivery; whoever does so at the same moment meets a conflict."""
        await _put(self._deliveries, delivery.delivery_id, _delivery_document(delivery), work)

    # what deliveries are for

    async def case(self, case_id: str, work: UnitOfWork) -> Document | None:
        """Return what is known of an isolation case: its kit's `delivery_id`, and whether it has `ended`."""
        return await self._cases.find_one({"_id": case_id}, session=work.session)

    async def put_case(self, case_id: str, delivery_id: str | None, ended: bool, work: UnitOfWork) -> None:
        """Note what is known of an isolation case."""
        await _put(self._cases, case_id, {"delivery_id": delivery_id, "ended": ended}, work)

    async def care(self, household_id: str, work: UnitOfWork) -> date | None:
        """Return the Monday for which the household's next weekly delivery is due to be planned."""
        found = await self._care.find_one({"_id": household_id}, session=work.session)
        return _day(found["next_week"]) if found else None

    async def households_in_care(self, household_ids: Sequence[str]) -> set[str]:
        """Return those of the households for which a weekly delivery is due to be planned."""
        found = await find_each(self._care, household_ids, ["_id"], next_week={"$ne": None})
        return {row["_id"] for row in found}

    async def put_care(self, household_id: str, next_week: date | None, work: UnitOfWork) -> None:
        """Note for which Monday the next weekly delivery is due to be planned; None: for none."""
        await _put(self._care, household_id, {"next_week": next_week and next_week.isoformat()}, work)


async def _put(collection: Collection, key: str, facts: Document, work: UnitOfWork) -> None:
    # The revision makes every write a change: one that changed nothing would not meet another's.
    update = {"$set": facts, "$inc": {"revision": 1}}
    await collection.update_one({"_id": key}, update, upsert=True, session=work.session)


def _matches(wanted: Sequence[Document]) -> list[Document]:
    # A server of MongoDB's makes one condition of all the stages. The embedded one finds an index for the first stage
    # alone, and for none that holds an $or.
    return [{"$match": condition} for condition in wanted if condition]


def _given(**filters: str) -> Document:
    return {name: value for name, value in filters.items() if value}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _depot(row: Document) -> Depot:
    return Depot(row["_id"], row["name"], row["area_path"])


def _stock(row: Document) -> Stock:
    level = Level(row["level"])
    return Stock(row["depot_id"], row["item"], row["area_path"], row["on_hand"], row["reserved"], level)


def receipt_document(receipt: Receipt) -> Document:
    """Return a receipt as stored."""
    document = asdict(receipt)
    document["_id"] = document.pop("receipt_id")
    expires_on = receipt.expires_on and receipt.expires_on.isoformat()
    return document | {"source": receipt.source.value, "expires_on": expires_on}


def _delivery_document(delivery: Delivery) -> Document:
    document: dict[str, Any] = asdict(delivery)
    del document["delivery_id"]
    for name in ("resident_ids", "case_ids", "open_case_ids", "lines", "allotted"):
        document[name] = list(document[name])
    failures = [
        failure | {"reason": failure["reason"].value, "retry_on": failure["retry_on"].isoformat()}
        for failure in document["failures"]
    ]
    document |= {"kind": delivery.kind.value, "state": delivery.state.value, "due_on": delivery.due_on.isoformat()}
    lacks = sorted(lacking(delivery)) if delivery.state is State.WAITING else []
    return document | {"failures": failures, "lacks": lacks}


def _delivery(row: Document) -> Delivery:
    facts = {name: value for name, value in row.items() if name not in ("_id", "lacks", "revision")}
    for name in ("resident_ids", "case_ids", "open_case_ids"):
        facts[name] = tuple(facts[name])
    facts["lines"] = tuple(Line(**line) for line in row["lines"])
    facts["allotted"] = tuple(Allotment(**allotment) for allotment in row["allotted"])
    facts["failures"] = tuple(_failure(failure) for failure in row["failures"])
    facts |= {"kind": DeliveryKind(row["kind"]), "state": State(row["state"])}
    return Delivery(delivery_id=row["_id"], **facts | {"due_on": date.fromisoformat(row["due_on"])})


def _failure(row: Document) -> Failure:
    reason, retry_on = FailureReason(row["reason"]), date.fromisoformat(row["retry_on"])
    return Failure(reason, retry_on, row["reported_by"], row["note"])
