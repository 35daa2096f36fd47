"""Registration's store: places, households, residents, contacts, journeys, risk lists, evidence and standings."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.registration.domain.colours import Evidence, EvidenceKind, Standing
from shared.events.registration import Colour, Risk
from shared.mongo import ASCENDING, Database, Document, IndexModel, find_each
from shared.pages import Page, count, every, page
from shared.unit_of_work import UnitOfWork

IMPORTS_RETENTION_S = 180 * 86_400
INDEXES = {
    "places": [IndexModel([("path", ASCENDING)], unique=True), IndexModel([("level", ASCENDING), ("path", ASCENDING)])],
    "households": [IndexModel([("area_path", ASCENDING)])],
    "residents": [
        IndexModel([("id_number_hash", ASCENDING)], unique=True),
        IndexModel([("left", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("household_id", ASCENDING)]),
    ],
    "journeys": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]), IndexModel([("resident_id", ASCENDING)])],
    "risk_lists": [IndexModel([("day", ASCENDING)])],
    "evidence": [IndexModel([("resident_id", ASCENDING)])],
    "imports": [IndexModel([("at", ASCENDING)], expireAfterSeconds=IMPORTS_RETENTION_S)],
}


class Store:
    """The named queries of registration."""

    def __init__(self, database: Database) -> None:
        self._places = database["places"]
        self._households = database["households"]
        self._residents = database["residents"]
        self._contacts = database["contacts"]
        self._journeys = database["journeys"]
        self._risk_lists = database["risk_lists"]
        self._evidence = database["evidence"]
        self._standings = database["standings"]
        self._imports = database["imports"]

    # places

    async def place_at(self, path: str, work: UnitOfWork | None = None) -> Document | None:
        """Return the place with that path."""
        return await self._places.find_one({"path": path}, session=work and work.session)

    async def places_page(self, path: str, level: str | None, after: str, limit: int) -> Page:
        """Return up to `limit` places at and below a path, in the order of their own paths."""
        return await page(self._places, path, after, limit, {"level": level} if level else {}, field="path")

    async def places_at_level(self, path: str, level: str) -> list[Document]:
        """Return every place of a level within a path."""
        return await every(self._places, path, {"level": level}, field="path")

    async def put_place(self, place: Document, work: UnitOfWork) -> None:
        """Store a place, new or changed."""
        await self._places.replace_one({"_id": place["_id"]}, place, upsert=True, session=work.session)

    # residents and households

    async def resident(self, resident_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a resident file."""
        return await self._residents.find_one({"_id": resident_id}, session=work and work.session)

    async def residents_by_hash(self, hashes: Sequence[str], work: UnitOfWork) -> dict[str, Document]:
        """Return the resident files with one of the keyed ID-number hashes, by hash."""
        found = await find_each(self._residents, hashes, by="id_number_hash", session=work.session)
        return {resident["id_number_hash"]: resident for resident in found}

    async def resident_by_hash(self, id_number_hash: str) -> Document | None:
        """Return the resident file with that keyed ID-number hash."""
        return await self._residents.find_one({"id_number_hash": id_number_hash})

    async def residents_page(self, path: str, after: str, limit: int) -> Page:
        """Return up to `limit` resident files within the path, door by door."""
        return await page(self._residents, path, after, limit, {"left": False})

    async def insert_residents(self, residents: Sequence[Document], work: UnitOfWork) -> None:
        """Store new resident files."""
        if residents:
            await self._residents.insert_many(residents, session=work.session)

    async def update_resident(self, resident_id: str, facts: Mapping[str, Any], work: UnitOfWork) -> None:
        """Change facts in a resident file."""
        await self._residents.update_one({"_id": resident_id}, {"$set": dict(facts)}, session=work.session)

    async def ensure_households(self, paths: Mapping[str, str], work: UnitOfWork) -> None:
        """Store the households that are not there yet, given as path by id; the id follows from the path."""
        found = await find_each(self._households, paths, ["_id"], session=work.session)
        known = {household["_id"] for household in found}
        new = [{"_id": key, "area_path": path} for key, path in paths.items() if key not in known]
        if new:
            await self._households.insert_many(new, session=work.session)

    async def counts(self, path: str) -> dict[str, int]:
        """Return how many households and residents are registered within the path."""
        residents = await count(self._residents, path, {"left": False})
        return {"households": await count(self._households, path), "residents": residents}

    # contacts

    async def contact(self, person_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return how a person is reached, sealed."""
        return await self._contacts.find_one({"_id": person_id}, session=work and work.session)

    async def contacts(self, person_ids: Sequence[str], work: UnitOfWork) -> dict[str, Document]:
        """Return how these persons are reached, sealed, by person."""
        found = await find_each(self._contacts, person_ids, session=work.session)
        return {contact["_id"]: contact for contact in found}

    async def put_contact(self, contact: Document, work: UnitOfWork) -> None:
        """Store how a person is reached."""
        await self._contacts.replace_one({"_id": contact["_id"]}, contact, upsert=True, session=work.session)

    async def insert_contacts(self, contacts: Sequence[Document], work: UnitOfWork) -> None:
        """Store how persons are reached of whom that was not known."""
        if contacts:
            await self._contacts.insert_many(contacts, session=work.session)

    # journeys and risk

    async def journey(self, journey_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return a declared journey."""
        return await self._journeys.find_one({"_id": journey_id}, session=work and work.session)

    async def insert_journey(self, journey: Document, work: UnitOfWork) -> None:
        """Store a declared journey."""
        await self._journeys.insert_one(journey, session=work.session)

    async def journeys_page(self, path: str, after: str, limit: int) -> Page:
        """Return up to `limit` journeys of residents within the path, door by door."""
        return await page(self._journeys, path, after, limit)

    async def put_risk_list(self, day: date, regions: Mapping[str, Risk]) -> None:
        """Store the risk regions that count from that day on."""
        rows = [{"region": region, "risk": risk.value} for region, risk in sorted(regions.items())]
        listed = {"day": day.isoformat(), "regions": rows}
        await self._risk_lists.replace_one({"_id": day.isoformat()}, listed, upsert=True)

    async def risk_list(self, day: date) -> tuple[date, list[tuple[str, Risk]]] | None:
        """Return the list in force on that day, with its date."""
        found = await self._risk_lists.find_one({"day": {"$lte": day.isoformat()}}, sort=[("day", -1)])
        if found is None:
            return None
        return date.fromisoformat(found["_id"]), [(r["region"], Risk(r["risk"])) for r in found["regions"]]

    # evidence and standings

    async def evidence(self, resident_id: str, work: UnitOfWork) -> list[Evidence]:
        """Return everything a resident's colour may rest on."""
        found = self._evidence.find({"resident_id": resident_id}, session=work.session)
        return [Evidence(e["_id"], EvidenceKind(e["kind"]), e["since"], e["until"]) async for e in found]

    async def has_evidence(self, evidence_id: str, work: UnitOfWork) -> bool:
        """Whether that evidence is known, be it past."""
        return await self._evidence.find_one({"_id": evidence_id}, {"_id": 1}, session=work.session) is not None

    async def add_evidence(self, resident_id: str, item: Evidence, work: UnitOfWork) -> None:
        """Store new evidence."""
        facts = {"resident_id": resident_id, "kind": item.kind.value, "since": item.since, "until": item.until}
        await self._evidence.insert_one({"_id": item.id} | facts, session=work.session)

    async def end_evidence(
        self, resident_id: str, evidence_id: str, kind: EvidenceKind, at: datetime, work: UnitOfWork
    ) -> None:
        """Let evidence count no longer; where it is not known yet, it never will count."""
        first = {"resident_id": resident_id, "kind": kind.value, "since": at}
        change = {"$set": {"until": at}, "$setOnInsert": first}
        await self._evidence.update_one({"_id": evidence_id}, change, upsert=True, session=work.session)

    async def standing(self, resident_id: str, work: UnitOfWork | None = None) -> Standing | None:
        """Return the resident's stored standing; None means green without any history."""
        found = await self._standings.find_one({"_id": resident_id}, {"trace": 0}, session=work and work.session)
        if found is None:
            return None
        return Standing(
            Colour(found["colour"]), found["isolated"], found["rule"], found["evidence"], found["since"], found["until"]
        )

    async def standing_history(self, resident_id: str) -> list[Document]:
        """Return every change of the resident's standing, in order."""
        found = await self._standings.find_one({"_id": resident_id}, {"trace": 1})
        return list(found.get("trace", ())) if found else []

    async def put_standing(
        self, resident_id: str, new: Standing, changed_at: datetime | None, work: UnitOfWork
    ) -> None:
        """Store the resident's standing and, where it changed, the change in its trace."""
        row = vars(new) | {"colour": new.colour.value}
        # An update that changes nothing writes nothing, and would not meet another's: so each is counted.
        change: Document = {"$set": row, "$inc": {"reviews": 1}}
        change |= {"$push": {"trace": row | {"at": changed_at}}} if changed_at else {}
        await self._standings.update_one({"_id": resident_id}, change, upsert=True, session=work.session)

    # imports

    async def put_import(self, report: Document) -> None:
        """Keep an import's report; it holds row numbers and problems, no personal data."""
        await self._imports.insert_one(report)

    async def import_report(self, import_id: str) -> Document | None:
        """Return an import's report."""
        return await self._imports.find_one({"_id": import_id})
