"""Isolation's store: cases with their log, and the measurements planned, reported and waived for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, tzinfo
from typing import Any

from services.isolation.domain import OPEN, Case, Ground, Slot, State
from shared.base.ids import new_id
from shared.events.isolation import CaseKind
from shared.replicas import residents
from shared.replicas.residents import RESIDENTS
from shared.store.claims import Claims
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import Page, page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "cases": [
        IndexModel([("resident_id", ASCENDING)], name="resident"),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("open", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("keeper_id", ASCENDING)]),
        IndexModel([("notice_id", ASCENDING)]),
    ],
    "case_log": [IndexModel([("case_id", ASCENDING), ("_id", ASCENDING)])],
    "measurements": [
        IndexModel([("case_id", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("day", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
}
RETIRED_INDEXES = {
    "cases": ["one_open"],  # a claim took its place
    RESIDENTS: ["household_id_1", *residents.RETIRED_INDEXES[RESIDENTS]],  # residents are found by id alone here
}
_MISSING = {"reported_at": None, "waived": None}


class Store:
    """The named queries of isolation."""

    def __init__(self, database: Database) -> None:
        self._cases = database["cases"]
        self._log = database["case_log"]
        self._measurements = database["measurements"]
        self._open = Claims(database, "open_case", self._is_open)

    async def case(self, case_id: str, work: UnitOfWork | None = None) -> Case | None:
        """Return a case."""
        return _case(await self._cases.find_one({"_id": case_id}, session=work and work.session))

    async def open_case(self, resident_id: str, work: UnitOfWork) -> Case | None:
        """Return the resident's open case, of which there is one at most."""
        found = await self._cases.find({"resident_id": resident_id}, session=work.session).to_list(None)
        return next((case for case in _cases(found) if case.state in OPEN), None)

    async def case_of_notice(self, notice_id: str) -> Case | None:
        """Return the case that a release notice is about."""
        return _case(await self._cases.find_one({"notice_id": notice_id}))

    async def cases_page(self, within: str, only_open: bool, after: str, limit: int) -> tuple[list[Case], str | None]:
        """Return up to `limit` cases of the area, door by door, and what follows them."""
        found, following = await page(self._cases, within, after, limit, {"open": True} if only_open else {})
        return _cases(found), following

    async def cases_of(self, resident_id: str) -> list[Case]:
        """Return a resident's cases, old ones too."""
        return _cases(await self._cases.find({"resident_id": resident_id}).to_list(None))

    async def cases_kept_by(self, keeper_id: str) -> list[Case]:
        """Return the cases that name the person as their keeper, old ones too."""
        return _cases(await self._cases.find({"keeper_id": keeper_id}).to_list(None))

    async def put(self, case: Case, work: UnitOfWork) -> None:
        """Store a case, new or changed. Writing it makes concurrent changes of one case meet.

        A replacement by the same document writes nothing and would meet nobody: so each gets a revision of its own.
        """
        document = _document(case) | {"revision": new_id()}
        await self._cases.replace_one({"_id": case.case_id}, document, upsert=True, session=work.session)

    async def claim_resident(self, case: Case, work: UnitOfWork) -> None:
        """Let the case be the resident's one open case. Raises what `Claims.take` does."""
        await self._open.take(case.resident_id, case.case_id, work)

    async def free_resident(self, case: Case, work: UnitOfWork) -> None:
        """Let another case of the resident open."""
        await self._open.release(case.resident_id, case.case_id, work)

    async def _is_open(self, case_id: str, resident_id: str, work: UnitOfWork) -> bool:
        case = await self.case(case_id, work)
        return case is not None and case.state in OPEN and case.resident_id == resident_id

    async def note(self, case: Case, what: str, by: str, reason: str, at: datetime, work: UnitOfWork) -> None:
        """Add a line to the case's log, which only grows."""
        line = {"case_id": case.case_id, "what": what, "by": by, "reason": reason, "at": at}
        line |= {"_id": new_id(), "state": case.state.value, "ends_on": case.ends_on.isoformat()}
        await self._log.insert_one(line, session=work.session)

    async def log(self, case_id: str) -> list[Document]:
        """Return what happened to a case, in order."""
        return await self._log.find({"case_id": case_id}).sort("_id", 1).to_list(None)

    async def plan(self, case: Case, slots: Iterable[Slot], zone: tzinfo, work: UnitOfWork) -> None:
        """Store the measurements to come."""
        rows = [planned(case, slot, zone) for slot in slots]
        if rows:
            await self._measurements.insert_many(rows, session=work.session)

    async def measurement(self, case_id: str, slot: Slot, work: UnitOfWork) -> Document | None:
        """Return a planned, reported or waived measurement."""
        return await self._measurements.find_one({"_id": _row_id(case_id, slot)}, session=work.session)

    async def report(self, planned: Document, facts: Document, work: UnitOfWork) -> None:
        """Store a report; an earlier one of the same half day stays in its history."""
        change = {"$set": facts | {"waived": None}, "$push": {"history": facts}}
        change |= {"$setOnInsert": {k: v for k, v in planned.items() if k not in {*facts, "_id", "waived", "history"}}}
        await self._measurements.update_one({"_id": planned["_id"]}, change, upsert=True, session=work.session)

    async def waive(self, case_id: str, slots: Sequence[Slot], facts: Mapping[str, Any], work: UnitOfWork) -> None:
        """Store why measurements were never taken."""
        ids = [_row_id(case_id, slot) for slot in slots]
        await self._measurements.update_many(
            {"_id": {"$in": ids}}, {"$set": {"waived": dict(facts)}}, session=work.session
        )

    async def missing(self, case_id: str, work: UnitOfWork) -> int:
        """Return how many planned measurements have neither a report nor a waiver."""
        rows = self._measurements.find({"case_id": case_id}, {"reported_at": 1, "waived": 1}, session=work.session)
        return len([row async for row in rows if row["reported_at"] is None and row["waived"] is None])

    async def measurements(self, case_id: str) -> list[Document]:
        """Return the measurements of a case in the order of their days."""
        return await self._measurements.find({"case_id": case_id}).sort("due_at", 1).to_list(None)

    async def measurements_page(
        self, within: str, day: date, missing_at: datetime | None, after: str, limit: int
    ) -> Page:
        """Return up to `limit` measurements of a day within the area, door by door.

        With `missing_at` only those that were due by then and have neither a report nor a waiver.
        """
        missing = _MISSING | {"due_at": {"$lte": missing_at}} if missing_at else None
        return await page(self._measurements, within, after, limit, {"day": day.isoformat()}, missing)


def _row_id(case_id: str, slot: Slot) -> str:
    return f"{case_id}/{slot.key}"


def planned(case: Case, slot: Slot, zone: tzinfo, asked: bool = True) -> Document:
    """Return a measurement as planned; not `asked` for is one that the person reports beyond the plan."""
    return {
        "_id": _row_id(case.case_id, slot),
        "case_id": case.case_id,
        "resident_id": case.resident_id,
        "area_path": case.area_path,
        "keeper_id": case.keeper_id,
        "day": slot.day.isoformat(),
        "half_day": slot.half_day.value,
        "due_at": slot.due_at(zone),
        "asked": asked,
        "reported_at": None,
        "waived": None,
        "history": [],
    }


def _document(case: Case) -> Document:
    document = asdict(case)
    document["_id"] = document.pop("case_id")
    for name in ("starts_on", "ends_on", "released_on"):
        document[name] = document[name] and document[name].isoformat()
    document |= {"kind": case.kind.value, "ground": case.ground.value, "state": case.state.value}
    document |= {"breaches": list(case.breaches), "extensions": [list(one) for one in case.extensions]}
    return document | {"open": case.state in OPEN}


def _cases(found: Iterable[Document]) -> list[Case]:
    return [case for case in map(_case, found) if case]


def _case(document: Document | None) -> Case | None:
    if document is None:
        return None
    facts = {name: value for name, value in document.items() if name not in ("_id", "open", "revision")}
    facts |= {"kind": CaseKind(facts["kind"]), "ground": Ground(facts["ground"]), "state": State(facts["state"])}
    facts |= {
        "breaches": tuple(facts["breaches"]),
        "extensions": tuple((one, days) for one, days in facts["extensions"]),
    }
    for name in ("starts_on", "ends_on", "released_on"):
        facts[name] = date.fromisoformat(facts[name]) if facts[name] else None
    return Case(case_id=document["_id"], **facts)


def reported(temperature_c: float, symptoms: Iterable[str], by: str, at: datetime) -> Document:
    """Return the facts of a report as stored."""
    return {"temperature_c": temperature_c, "symptoms": list(symptoms), "reported_by": by, "reported_at": at}
