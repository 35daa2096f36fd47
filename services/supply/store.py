"""Supply's store: depots, stock, receipts, deliveries, and the isolation cases and special care they are for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.supply.domain.deliveries import OPEN, Care, CaseKit, Delivery
from services.supply.domain.goods import Depot, Receipt, Stock
from services.supply.domain.zones import SuppliedZone
from shared.base import area
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.events.supply import DeliveryKind, DeliveryState
from shared.replicas.residents import Resident, ResidentReplica
from shared.store import changes
from shared.store.by_field import By, beginning, page_by
from shared.store.changes import Changed, changed_since
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import area_range, find_each, in_order, page, page_by_id, stages
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
        *(IndexModel([(name, ASCENDING), ("_id", ASCENDING)]) for name in ("due_on", "asked_at")),
        changes.INDEX,
    ],
    "supplied_zones": [IndexModel([("ended", ASCENDING)])],
}
# Of the service's own copy of the residents: a zone's are read by their doors.
DOORS = {"residents": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])]}
BY_ID = "id"  # the usual order of a list
_OPEN = sorted(state.value for state in OPEN)


def _lacks(delivery: Delivery) -> Document:
    return {"lacks": sorted(line.item for line in delivery.lacks)}


DEPOTS = Mapper(Depot, key="depot_id")
STOCK = Mapper(Stock, derived=lambda stock: {"_id": stock.stock_id})
RECEIPTS = Mapper(Receipt, key="receipt_id")
DELIVERIES = Mapper(Delivery, key="delivery_id", derived=_lacks)
CASES = Mapper(CaseKit, key="case_id")
CARE = Mapper(Care, key="household_id")
ZONES = Mapper(SuppliedZone, key="zone_id")


@dataclass(frozen=True)
class Chosen:
    """Which deliveries of an area: of all filters that are not empty."""

    household_id: str = ""
    state: str = ""
    kind: str = ""
    assigned_to: str = ""  # who keeps the household or brings the delivery
    due_until: date | None = None  # inclusive

    @property
    def condition(self) -> Document:
        """The condition of the store."""
        made = _filter_by(household_id=self.household_id, state=self.state, kind=self.kind)
        if self.assigned_to:
            made["$or"] = [{"keeper_id": self.assigned_to}, {"carrier_ids": self.assigned_to}]
        if self.due_until:
            made["due_on"] = {"$lte": self.due_until.isoformat()}
        return made


class Counts(NamedTuple):
    """Open deliveries: waiting for goods; planned, and of these due by today, before today, due without a volunteer."""

    waiting: int
    planned: int
    due: int
    late: int
    without_carrier: int


class Store:
    """The named queries of supply. Two that write the same document at the same moment meet a conflict."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self.depots = Documents(database["depots"], DEPOTS)
        self.stock = Documents(database["stock"], STOCK)
        self.receipts = Documents(database["receipts"], RECEIPTS, revised=False, sealer=sealer)
        self.deliveries = Documents(database["deliveries"], DELIVERIES, marked=True, sealer=sealer)
        self.cases = Documents(database["cases"], CASES)
        self.care = Documents(database["care"], CARE)
        self.zones = Documents(database["supplied_zones"], ZONES)
        self._residents = database["residents"]

    # depots, stock and receipts

    async def depots_above(self, path: str, work: UnitOfWork) -> list[Depot]:
        """Return the depots that serve a door, the nearest first: those whose area it lies in, walking up."""
        depots = await self.depots.find({"area_path": {"$in": area.ancestors(path)}}, work)
        return sorted(depots, key=lambda depot: (-len(depot.area_path), depot.depot_id))

    async def depots_page(self, within: str, q: str, after: str, limit: int) -> list[Depot]:
        """Return up to `limit` depots within the area whose id follows `after` and whose name begins with `q`."""
        also = beginning("name", q)
        return DEPOTS.read_each(await page_by_id(self.depots.collection, within, after, limit, also=also))

    async def put_depot(self, depot: Depot, work: UnitOfWork) -> None:
        """Store a depot, new or changed; its stock moves with it."""
        await self.depots.put(depot, work)
        move = {"$set": {"area_path": depot.area_path}, "$inc": {"revision": 1}}
        await self.stock.collection.update_many({"depot_id": depot.depot_id}, move, session=work.session)

    async def stock_at(self, depot: Depot, item: str, work: UnitOfWork) -> Stock:
        """Return what a depot has of an item: nothing, where none ever came in."""
        empty = Stock(depot.depot_id, item, depot.area_path)
        return await self.stock.get(empty.stock_id, work) or empty

    async def stock_of(self, depot_id: str, work: UnitOfWork) -> list[Stock]:
        """Return everything a depot has."""
        return await self.stock.find({"depot_id": depot_id}, work)

    async def stock_page(self, within: str, depot_id: str, item: str, after: str, limit: int) -> list[Stock]:
        """Return up to `limit` kinds of goods at depots within the area whose id follows `after`."""
        only, also = _filter_by(depot_id=depot_id), _filter_by(item=item)
        return STOCK.read_each(await page_by_id(self.stock.collection, within, after, limit, only, also))

    async def receipts_page(self, within: str, source: str, after: str, limit: int) -> list[Receipt]:
        """Return up to `limit` receipts at depots within the area whose id follows `after`."""
        also = _filter_by(source=source)
        return self.receipts.mapper.read_each(
            await page_by_id(self.receipts.collection, within, after, limit, also=also)
        )

    # deliveries

    async def deliveries_page(
        self, within: str, chosen: Chosen, sort: str, after: str, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """Return up to `limit` deliveries within the area that follow `after`, and what names the last of them.

        They are in the order of their ids or of a field.
        """
        also = chosen.condition
        only = _filter_by(household_id=chosen.household_id) or _filter_by(state=chosen.state)
        collection = self.deliveries.collection
        if sort != BY_ID:
            rows, following = await page_by(collection, within, By.of(sort), after, limit, only, also)
            return self.deliveries.mapper.read_each(rows), following
        page = self.deliveries.mapper.read_each(await page_by_id(collection, within, after, limit, only, also))
        return page, page[-1].delivery_id if len(page) == limit else None

    async def count_deliveries(self, within: str, assigned_to: str, today: date) -> Counts:
        """Return how many deliveries of the area are open, by what they need; `assigned_to` a person, "" for all."""
        mine = Chosen(assigned_to=assigned_to).condition
        upto, before = {"due_on": {"$lte": today.isoformat()}}, {"due_on": {"$lt": today.isoformat()}}

        async def count(state: DeliveryState, *further: Document) -> int:
            steps = stages([{"state": state.value, "area_path": area_range(within)}, query(within), mine, *further])
            rows = self.deliveries.collection.aggregate([*steps, {"$group": {"_id": None, "rows": {"$sum": 1}}}])
            return sum([row["rows"] async for row in rows])

        planned = DeliveryState.PLANNED
        return Counts(
            waiting=await count(DeliveryState.WAITING),
            planned=await count(planned),
            due=await count(planned, upto),
            late=await count(planned, before),
            without_carrier=await count(planned, upto, {"carrier_ids": []}),
        )

    async def changed_deliveries(
        self, within: str, after: str, limit: int, now: datetime
    ) -> tuple[list[Delivery], Changed]:
        """Return up to `limit` deliveries of the area that have changed since `after`, and how the list goes on."""
        changed = await changed_since(self.deliveries.collection, within, after, limit, now)
        return self.deliveries.mapper.read_each(changed.rows), changed

    async def deliveries_of(self, household_id: str, kind: DeliveryKind, work: UnitOfWork) -> list[Delivery]:
        """Return the deliveries of a kind that the household ever had, in the order they were asked for."""
        deliveries = await self.deliveries.find({"household_id": household_id, "kind": kind.value}, work)
        return sorted(deliveries, key=lambda delivery: delivery.asked_at)

    async def households_expecting(self, kind: DeliveryKind, resident_ids: Sequence[str]) -> set[str]:
        """Return the households for whose residents among these a delivery of that kind is on its way."""
        is_open = {"$in": _OPEN}
        rows = await find_each(
            self.deliveries.collection,
            resident_ids,
            ["household_id"],
            by="resident_ids",
            kind=kind.value,
            state=is_open,
        )
        return {row["household_id"] for row in rows}

    async def waiting(self, stock: Stock, limit: int, work: UnitOfWork) -> list[Delivery]:
        """Return up to `limit` deliveries that wait for such goods where the depot serves, first come first."""
        wanted, by = {"lacks": stock.item}, ("asked_at", "_id")
        collection = self.deliveries.collection
        return self.deliveries.mapper.read_each(
            await in_order(collection, stock.area_path, wanted, by, limit, session=work.session)
        )

    # what deliveries are for

    async def households_in_care(self, household_ids: Sequence[str]) -> set[str]:
        """Return those of the households for which a weekly delivery is due to be planned."""
        rows = await find_each(self.care.collection, household_ids, ["_id"], next_week={"$ne": None})
        return {row["_id"] for row in rows}

    async def residents_within(self, path: str, after: str, limit: int) -> tuple[list[Resident], str | None]:
        """Return up to `limit` residents within a path, by their doors, and what names the last of them."""
        rows, following = await page(self._residents, path, after, limit, {"left": False})
        return ResidentReplica.mapper.read_each(rows), following


def _filter_by(**filters: str) -> Document:
    return {name: value for name, value in filters.items() if value}
