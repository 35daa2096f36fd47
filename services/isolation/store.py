"""Isolation's store: cases with their log, and the measurements planned, reported and waived for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.isolation.domain.cases import Case, LogLine
from services.isolation.domain.filters import CaseCounts, CaseFilter, counts_of, waits_for
from services.isolation.domain.measurements import Measurement, Report, Slot, measurement_id
from shared.base.area import query
from shared.base.area import within as inside
from shared.base.sealing import Sealer
from shared.events.isolation import ENDED
from shared.replicas import residents
from shared.replicas.residents import RESIDENTS
from shared.store import changes
from shared.store.by_field import By, page_of_both_by
from shared.store.changes import Changed, changed_since
from shared.store.claims import Claims
from shared.store.counting import count
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel, both
from shared.store.queries import area_range, every, find_each, in_order, page, page_of_both, stages
from shared.store.unit_of_work import UnitOfWork

ARRIVING = "handover_area"  # of a case that is being handed over: the path of the new door
INDEXES = {
    RESIDENTS: [IndexModel([("staff_id", ASCENDING)]), residents.MERGED],
    "cases": [
        IndexModel([("resident_id", ASCENDING)], name="resident"),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("open", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        *(IndexModel([(name, ASCENDING), ("_id", ASCENDING)]) for name in ("starts_on", "ends_on")),
        changes.INDEX,
        IndexModel([("keeper_id", ASCENDING)]),
        IndexModel([(ARRIVING, ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("notice_id", ASCENDING)]),
    ],
    "case_log": [IndexModel([("case_id", ASCENDING), ("_id", ASCENDING)])],
    "measurements": [
        IndexModel([("case_id", ASCENDING), ("due_at", ASCENDING)]),
        IndexModel([("day", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),  # for places that move
    ],
}
RETIRED_INDEXES = {
    "cases": ["one_open"],  # a claim took its place
    RESIDENTS: ["household_id_1", *residents.RETIRED_INDEXES[RESIDENTS]],  # no query asks by households here
}
DOOR = "door"  # the usual order of a list: by area path
_MISSING = {"reported_at": None, "waived": None}


# Something of the case rests on one person's word; on whose, the case itself says.
_WAITS = {
    "$or": [
        {"$and": [{"proposed_by": {"$ne": None}}, {"confirmed_by": None}]},
        {"extensions_asked.0": {"$exists": True}},
        {"referral": {"$ne": None}},
    ]
}


def case_conditions(wanted: CaseFilter) -> tuple[Document, Document]:
    """Return the condition with which an index begins, and what narrows the list without one."""
    state = {"state": wanted.state.value} if wanted.state else {}
    is_open = (wanted.only_open or bool(wanted.second)) if wanted.state is None else wanted.state not in ENDED
    days = {"$gte": wanted.ends_from, "$lte": wanted.ends_until}
    ends = {name: day.isoformat() for name, day in days.items() if day}
    keeper = {"keeper_id": wanted.keeper_id} if wanted.keeper_id else {}
    mine = {"$or": [{"keeper_id": wanted.mine}, {"doctor_id": wanted.mine}]} if wanted.mine else {}
    also = both(state, keeper, {"ends_on": ends} if ends else {}, mine, _WAITS if wanted.second else {})
    return {"open": True} if is_open else {}, also


def _derived(case: Case) -> Document:
    return {"open": not case.has_ended, ARRIVING: case.handover.to_area_path if case.handover else None}


CASES = Mapper(Case, key="case_id", derived=_derived)
LOG = Mapper(LogLine, key="line_id")
MEASUREMENTS = Mapper(Measurement, key="measurement_id")
_REPORTS = Mapper(Report)  # entries of a measurement's history, which only grows


class Store:
    """The named queries of isolation.

    Writing a case makes concurrent changes of it meet, also where nothing of it changes.
    """

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self.cases = Documents(database["cases"], CASES, marked=True, sealer=sealer)
        self.log = Documents(database["case_log"], LOG, revised=False, sealer=sealer)
        self.measurements = Documents(database["measurements"], MEASUREMENTS, revised=False, sealer=sealer)
        self._open = Claims(database, "open_case", self._is_open)
        self._known = residents.ResidentReplica(database)  # which files are merged

    async def open_case(self, resident_id: str, work: UnitOfWork) -> Case | None:
        """Return the open case of the person, whichever of the merged files it was opened on."""
        cases = await self.cases_of(resident_id, work)
        return next((case for case in cases if case.is_open), None)

    async def case_of_notice(self, notice_id: str) -> Case | None:
        """Return the case that a release notice is about."""
        return await self.cases.first({"notice_id": notice_id})

    async def cases_page(
        self, within: str, wanted: CaseFilter, sort: str, after: str, limit: int
    ) -> tuple[list[Case], str | None]:
        """Return up to `limit` cases of the area, door by door or in the order of a day, and what follows them.

        Planned cases are among them, and those that are being handed over to the area: door by door at the new door.
        A page of those that wait for a second person may be shorter than `limit` although more follow.
        """
        only, also = case_conditions(wanted)
        collection = self.cases.collection
        if sort == DOOR:
            rows, following = await page_of_both(collection, within, after, limit, only, ARRIVING, also=also)
        else:
            rows, following = await page_of_both_by(collection, within, By.of(sort), after, limit, only, ARRIVING, also)
        return [case for case in self.cases.mapper.read_each(rows) if wanted.takes(case)], following

    async def case_counts(self, within: str, subject: str) -> CaseCounts:
        """Return how many cases of the area have not ended, and how many of them concern a person.

        Those that are being handed over to the area are counted too.
        """
        own = [{"open": True, "area_path": area_range(within)}, query(within)]
        one = {"state": "$state", "keeper_id": "$keeper_id", "doctor_id": "$doctor_id"}
        groups = self.cases.collection.aggregate([*stages(own), {"$group": {"_id": one, "rows": {"$sum": 1}}}])
        known = [(*(row["_id"].get(name) for name in one), row["rows"]) async for row in groups]
        arriving = [] if within == "/" else await every(self.cases.collection, within, {}, ARRIVING)
        further = [row for row in arriving if row["open"] and not inside(row["area_path"], within)]
        known += [(*(row.get(name) for name in one), 1) for row in further]
        waiting = await self.cases.collection.aggregate(stages([*own, _WAITS])).to_list(None)
        cases = self.cases.mapper.read_each([*waiting, *further])
        return counts_of(known, sum(waits_for(case, subject) for case in cases), subject)

    async def changed_cases(self, within: str, after: str, limit: int, now: datetime) -> tuple[list[Case], Changed]:
        """Return up to `limit` cases of the area that have changed since `after`, and how the list goes on.

        Those that are being handed over to the area are among them.
        """
        changed = await changed_since(self.cases.collection, within, after, limit, now, ARRIVING)
        return self.cases.mapper.read_each(changed.rows), changed

    async def cases_of(self, resident_id: str, work: UnitOfWork | None = None) -> list[Case]:
        """Return a resident's cases, old ones too, and those of files that are merged with this one."""
        return await self.cases.find({"resident_id": {"$in": list(await self._known.ids_of(resident_id))}}, work)

    async def lasting_cases(self, resident_ids: Sequence[str]) -> list[Case]:
        """Return the cases of the residents that have not ended, planned ones and those of merged files too."""
        ids = {alias for one in resident_ids for alias in await self._known.ids_of(one)}
        cases = self.cases.mapper.read_each(await find_each(self.cases.collection, ids, by="resident_id"))
        return [case for case in cases if not case.has_ended]

    async def cases_kept_by(self, keeper_id: str) -> list[Case]:
        """Return the cases that name the person as their keeper, old ones too."""
        return await self.cases.find({"keeper_id": keeper_id})

    async def claim_resident(self, case: Case, work: UnitOfWork) -> None:
        """Let the case be the resident's one open case. Raises what `Claims.take` does."""
        await self._open.take(case.resident_id, case.case_id, work)

    async def free_resident(self, case: Case, work: UnitOfWork) -> None:
        """Let another case of the resident open."""
        await self._open.release(case.resident_id, case.case_id, work)

    async def _is_open(self, case_id: str, resident_id: str, work: UnitOfWork) -> bool:
        case = await self.cases.get(case_id, work)
        return case is not None and case.is_open and case.resident_id == resident_id

    async def log_page(self, case_id: str, after: str, limit: int) -> list[LogLine]:
        """Return up to `limit` lines of what happened to a case, in order, those whose id follows `after`."""
        lines = {"case_id": case_id, "_id": {"$gt": after}}
        return self.log.mapper.read_each(await in_order(self.log.collection, "/", lines, ["_id"], limit))

    async def changed_at(self, case_id: str) -> datetime | None:
        """Return the time of the last line of the case's log, or None where it has none."""
        rows = await self.log.collection.find({"case_id": case_id}).sort("_id", -1).limit(1).to_list(1)
        return self.log.mapper.read(rows[0]).at if rows else None

    async def measurement(self, case_id: str, slot: Slot, work: UnitOfWork) -> Measurement | None:
        """Return a planned, reported or waived measurement."""
        return await self.measurements.get(measurement_id(case_id, slot), work)

    async def report(self, measurement: Measurement, report: Report, work: UnitOfWork) -> None:
        """Store a measurement with its newest report; earlier reports of the same half day stay in its history."""
        (facts,) = await self.measurements.facts([measurement], work)
        change = {"$set": facts, "$push": {"history": _REPORTS.document(report)}}
        key = {"_id": facts.pop("_id")}
        await self.measurements.collection.update_one(key, change, upsert=True, session=work.session)

    async def move_measurements(self, case: Case, work: UnitOfWork) -> None:
        """Let the measurements of a case that have neither report nor waiver be those of its door and its keeper."""
        missing = [row for row in await self.measurements.find({"case_id": case.case_id}, work) if row.is_missing]
        moved = [replace(row, area_path=case.area_path, keeper_id=case.keeper_id) for row in missing]
        await self.measurements.put_each(moved, (), work)

    async def additional(self, case_id: str, since: datetime, work: UnitOfWork) -> list[Measurement]:
        """Return the additional readings of a case that were reported from `since` on."""
        rows = await self.measurements.find({"case_id": case_id, "due_at": {"$gte": since}}, work)
        return [row for row in rows if row.extra]

    async def missing(self, case_id: str, work: UnitOfWork) -> int:
        """Return how many planned measurements have neither a report nor a waiver."""
        return sum(one.is_missing for one in await self.measurements.find({"case_id": case_id}, work))

    async def measurements_of(self, case_id: str, after: str, limit: int) -> list[Measurement]:
        """Return up to `limit` measurements of a case in the order of their days, those that follow the id `after`."""
        rows = await self.measurements.find({"case_id": case_id})  # at most two a day
        rows.sort(key=lambda row: (row.due_at, row.measurement_id))
        start = next((at for at, row in enumerate(rows, 1) if row.measurement_id == after), 0)
        return rows[start : start + limit]

    async def measurements_page(
        self, within: str, day: date, missing_at: datetime | None, after: str, limit: int
    ) -> tuple[list[Measurement], str | None]:
        """Return up to `limit` measurements of a day within the area, door by door, and what follows them.

        With `missing_at` only those that were due by then and have neither a report nor a waiver.
        """
        missing = _missing_at(missing_at) if missing_at else None
        of_day = {"day": day.isoformat()}
        rows, following = await page(self.measurements.collection, within, after, limit, of_day, missing)
        return self.measurements.mapper.read_each(rows), following

    async def count_missing(self, within: str, day: date, missing_at: datetime) -> int:
        """Return how many measurements of a day within the area were due by then, without report and waiver."""
        return await count(self.measurements.collection, within, {"day": day.isoformat()}, _missing_at(missing_at))


def _missing_at(now: datetime) -> Document:
    return _MISSING | {"due_at": {"$lte": now}}
