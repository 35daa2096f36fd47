"""Imports of rosters in the store: how far each is, what is wrong in its rows, and the rows that wait, sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from services.registration.domain.imports import Import, Kind, RowProblem, State
from shared.base.clock import machine_time
from shared.store.mongo import ASCENDING, Database, Document, DuplicateKeyError, IndexModel
from shared.store.queries import newest
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork

IMPORTS_RETENTION_S = 180 * 86_400
UNFINISHED_RETENTION_S = 7 * 86_400  # rows hold personal data: an import that takes longer has failed
_PROBLEMS_A_DOCUMENT = 1_000
_FIELDS = tuple(field.name for field in fields(Import))


def _expiring(seconds: int) -> IndexModel:
    # The store removes by the machine's time, from which a drill's clock may be far away.
    return IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=seconds)


INDEXES = {
    "imports": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]), _expiring(IMPORTS_RETENTION_S)],
    "import_problems": [IndexModel([("import_id", ASCENDING)]), _expiring(IMPORTS_RETENTION_S)],
    "import_parts": [
        IndexModel([("import_id", ASCENDING), ("number", ASCENDING)]),
        _expiring(UNFINISHED_RETENTION_S),
    ],
    "import_claims": [_expiring(UNFINISHED_RETENTION_S)],
}


@dataclass(frozen=True)
class Part:
    """Some rows of an import that wait, sealed; `first` and `last` are their numbers in the spreadsheet."""

    import_id: str
    number: int
    first: int
    last: int
    sealed: str


class ImportsFound(NamedTuple):
    """A page of imports, and what to ask for the next one with; None after the last."""

    items: list[Import]
    next: str | None


class Imports:
    """The named queries over imports."""

    def __init__(self, database: Database) -> None:
        self._imports = database["imports"]
        self._problems = database["import_problems"]
        self._parts = database["import_parts"]
        self._claims = database["import_claims"]

    async def get(self, import_id: str, work: UnitOfWork | None = None) -> Import | None:
        """Return an import."""
        found = await self._imports.find_one({"_id": import_id}, session=work and work.session)
        return _import(found) if found else None

    async def report(self, import_id: str) -> tuple[Import, list[RowProblem]] | None:
        """Return an import and what is wrong in its rows, as far as it is known, by row."""
        found = await self._imports.find_one({"_id": import_id})
        if found is None:
            return None
        parts = [part["problems"] async for part in self._problems.find({"import_id": import_id})]
        stated = [RowProblem(*problem) for part in parts for problem in part]
        stated += [RowProblem(**problem) for problem in found.get("problems", ())]  # in a report from before the steps
        return _import(found), sorted(stated, key=lambda problem: problem.row)

    async def page(self, area: str, after: str, limit: int) -> ImportsFound:
        """Return up to `limit` imports of staff within the area, the newest first, those behind `after`."""
        found, following = await newest(self._imports, area, after, limit)
        return ImportsFound([_import(document) for document in found], following)

    async def insert(self, accepted: Import, work: UnitOfWork) -> None:
        """Store a new import."""
        facts = {name: value for name, value in vars(accepted).items() if name != "import_id"}
        document = {"_id": accepted.import_id, **facts, "kept_at": machine_time()}
        await self._imports.insert_one(document, session=work.session)

    async def update(self, before: Import, after: Import, work: UnitOfWork) -> None:
        """Store how far an import is. Raises `AlreadyHandled` where it is further than `before`."""
        unchanged = {"_id": before.import_id, "state": before.state, "handled": before.handled}
        changed = {name: value for name, value in vars(after).items() if value != getattr(before, name)}
        updated = await self._imports.update_one(unchanged, {"$set": changed}, session=work.session)
        if not updated.matched_count:
            raise AlreadyHandled(before.import_id)

    async def claimed(self, claim: str, work: UnitOfWork | None = None) -> str | None:
        """Return the id of the unfinished import of the same content by the same caller."""
        found = await self._claims.find_one({"_id": claim}, session=work and work.session)
        return found["import_id"] if found else None

    async def claim(self, accepted: Import, work: UnitOfWork) -> None:
        """Have the same content by the same caller known. Raises `AlreadyHandled` where it was accepted just now."""
        document = {"_id": accepted.claim, "import_id": accepted.import_id, "kept_at": machine_time()}
        try:
            await self._claims.insert_one(document, session=work.session)
        except DuplicateKeyError:
            raise AlreadyHandled(accepted.claim) from None

    async def release(self, finished: Import, work: UnitOfWork) -> None:
        """Forget the claim of a finished import and the rows that it has left."""
        await self._claims.delete_one({"_id": finished.claim}, session=work.session)
        await self._parts.delete_many({"import_id": finished.import_id}, session=work.session)

    async def insert_parts(self, parts: Sequence[Part], work: UnitOfWork) -> None:
        """Store the rows that wait."""
        now = machine_time()
        documents = [vars(part) | {"_id": _key(part), "kept_at": now} for part in parts]
        await self._parts.insert_many(documents, session=work.session)

    async def parts(self, import_id: str, most: int) -> list[Part]:
        """Return up to `most` of the parts that wait, the first ones in order."""
        found = self._parts.find({"import_id": import_id}).sort("number", ASCENDING).limit(most)
        names = [field.name for field in fields(Part)]
        return [Part(**{name: document[name] for name in names}) async for document in found]

    async def remove_parts(self, parts: Sequence[Part], work: UnitOfWork) -> None:
        """Remove the first parts, whose rows are handled. Raises `AlreadyHandled` where one of them is gone."""
        condition = {"import_id": parts[0].import_id, "number": {"$lte": parts[-1].number}}
        removed = await self._parts.delete_many(condition, session=work.session)
        if removed.deleted_count != len(parts):
            raise AlreadyHandled(parts[0].import_id)

    async def insert_problems(self, import_id: str, problems: Sequence[RowProblem], work: UnitOfWork) -> None:
        """Store what is wrong in some rows; it holds row numbers and problems, no personal data."""
        parts = [problems[at : at + _PROBLEMS_A_DOCUMENT] for at in range(0, len(problems), _PROBLEMS_A_DOCUMENT)]
        about = {"import_id": import_id, "kept_at": machine_time()}
        documents = [about | {"problems": [list(problem) for problem in part]} for part in parts]
        if documents:
            await self._problems.insert_many(documents, session=work.session)


def _key(part: Part) -> str:
    return f"{part.import_id}/{part.number}"


def _import(document: Document) -> Import:
    facts = {name: document[name] for name in _FIELDS if name in document} | {"import_id": document["_id"]}
    if "at" in document:  # a report from before imports were carried out in steps
        at = document["at"]
        facts |= {"kind": Kind.RESIDENTS, "file": None, "roles": (), "claim": "", "accepted_at": at, "finished_at": at}
        facts |= {"state": State.DONE, "handled": facts["rows"]}
    facts |= {"kind": Kind(facts["kind"]), "state": State(facts["state"])}
    facts |= {name: tuple(facts[name]) for name in ("unknown_columns", "roles")}
    return Import(**facts)
