"""Isolation's store: cases and the measurements planned and reported for them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from services.isolation.domain import OPEN, Case, Slot, State
from shared import area
from shared.events.isolation import CaseKind, HalfDay
from shared.mongo import ASCENDING, Database, Document, IndexModel
from shared.unit_of_work import UnitOfWork

INDEXES = {
    "cases": [
        IndexModel([("resident_id", ASCENDING)], unique=True, partialFilterExpression={"open": True}, name="one_open"),
        IndexModel([("resident_id", ASCENDING)], name="resident"),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("notice_id", ASCENDING)]),
    ],
    "measurements": [
        IndexModel([("case_id", ASCENDING), ("day", ASCENDING)]),
        IndexModel([("area_path", ASCENDING), ("day", ASCENDING), ("_id", ASCENDING)]),
    ],
}


class Store:
    """The named queries of isolation."""

    def __init__(self, database: Database) -> None:
        self._cases = database["cases"]
        self._measurements = database["measurements"]

    async def case(self, case_id: str, work: UnitOfWork | None = None) -> Case | None:
        """Return a case."""
        return _case(await self._cases.find_one({"_id": case_id}, session=work and work.session))

    async def open_case(self, resident_id: str, work: UnitOfWork) -> Case | None:
        """Return the resident's open case, of which there is one at most."""
        return _case(await self._cases.find_one({"resident_id": resident_id, "open": True}, session=work.session))

    async def case_of_notice(self, notice_id: str) -> Case | None:
        """Return the case that a release notice is about."""
        return _case(await self._cases.find_one({"notice_id": notice_id}))

    async def cases_page(self, within: str, only_open: bool, resident_id: str, after: str, limit: int) -> list[Case]:
        """Return up to `limit` cases within the area whose id follows `after`."""
        condition: Document = area.query(within) | {"_id": {"$gt": after}}
        condition |= {"open": True} if only_open else {}
        condition |= {"resident_id": resident_id} if resident_id else {}
        found = await self._cases.find(condition).sort("_id", 1).limit(limit).to_list(limit)
        return [case for case in map(_case, found) if case]

    async def put(self, case: Case, work: UnitOfWork) -> None:
        """Store a case, new or changed. Writing it makes concurrent changes of one case meet."""
        await self._cases.replace_one({"_id": case.case_id}, _document(case), upsert=True, session=work.session)

    async def plan(self, case: Case, slots: Iterable[Slot], due_at: Any, work: UnitOfWork) -> None:
        """Store the measurements to come."""
        rows = [
            {
                "_id": f"{case.case_id}/{slot.key}",
                "case_id": case.case_id,
                "resident_id": case.resident_id,
                "area_path": case.area_path,
                "day": slot.day.isoformat(),
                "half_day": slot.half_day.value,
                "due_at": due_at(slot),
                "reported_at": None,
                "history": [],
            }
            for slot in slots
        ]
        if rows:
            await self._measurements.insert_many(rows, session=work.session)

    async def measurement(self, case_id: str, slot: Slot, work: UnitOfWork) -> Document | None:
        """Return a planned or reported measurement."""
        return await self._measurements.find_one({"_id": f"{case_id}/{slot.key}"}, session=work.session)

    async def report(self, case_id: str, slot: Slot, facts: Document, work: UnitOfWork) -> None:
        """Store a report; an earlier one of the same half day stays in its history."""
        change = {"$set": facts, "$push": {"history": facts}}
        await self._measurements.update_one({"_id": f"{case_id}/{slot.key}"}, change, session=work.session)

    async def unreported(self, case_id: str, work: UnitOfWork) -> int:
        """Return how many planned measurements have no report."""
        condition = {"case_id": case_id, "reported_at": None}
        return await self._measurements.count_documents(condition, session=work.session)

    async def measurements(self, case_id: str) -> list[Document]:
        """Return the measurements of a case in the order of their days."""
        return await self._measurements.find({"case_id": case_id}).sort("due_at", 1).to_list(None)


def _document(case: Case) -> Document:
    document = asdict(case)
    document["_id"] = document.pop("case_id")
    for name in ("starts_on", "ends_on", "released_on"):
        document[name] = document[name] and document[name].isoformat()
    document |= {"kind": case.kind.value, "state": case.state.value, "breaches": list(case.breaches)}
    return document | {"open": case.state in OPEN}


def _case(document: Document | None) -> Case | None:
    if document is None:
        return None
    facts = {name: value for name, value in document.items() if name not in ("_id", "open")}
    facts |= {"kind": CaseKind(facts["kind"]), "state": State(facts["state"]), "breaches": tuple(facts["breaches"])}
    for name in ("starts_on", "ends_on", "released_on"):
        facts[name] = date.fromisoformat(facts[name]) if facts[name] else None
    return Case(case_id=document["_id"], **facts)


def slot_of(row: Document) -> Slot:
    """Return the slot that a stored measurement is for."""
    return Slot(date.fromisoformat(row["day"]), HalfDay(row["half_day"]))


def reported(temperature_c: float, symptoms: Iterable[str], by: str, at: datetime) -> Document:
    """Return the facts of a report as stored."""
    return {"temperature_c": temperature_c, "symptoms": list(symptoms), "reported_by": by, "reported_at": at}
