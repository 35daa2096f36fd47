"""Imports of rosters in the store: how far each is, what is wrong in its rows, and the rows that wait, sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.registration.domain.imports import Import, Kind, RowProblem, State
from shared.base.clock import machine_time
from shared.base.errors import Invalid
from shared.base.json_types import JsonView
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, DuplicateKeyError, IndexModel
from shared.store.queries import newest
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork

IMPORTS_RETENTION_S = 180 * 86_400
FILES_RETENTION_S = 30 * 86_400  # in which bad rows are corrected
UNFINISHED_RETENTION_S = 7 * 86_400  # rows hold personal data: an import that takes longer has failed
_PROBLEMS_A_DOCUMENT = 1_000
_LONGEST_ROW = 9


def _expiring(seconds: int) -> IndexModel:
    # The store removes by the machine's time, from which a drill's clock may be far away.
    return IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=seconds)


INDEXES = {
    "imports": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("claim", ASCENDING)]),
        IndexModel([("corrects", ASCENDING)]),
        _expiring(IMPORTS_RETENTION_S),
    ],
    "import_problems": [IndexModel([("import_id", ASCENDING)]), _expiring(IMPORTS_RETENTION_S)],
    "import_parts": [
        IndexModel([("import_id", ASCENDING), ("number", ASCENDING)]),
        _expiring(UNFINISHED_RETENTION_S),
    ],
    "import_files": [
        IndexModel([("import_id", ASCENDING), ("number", ASCENDING)]),
        _expiring(FILES_RETENTION_S),
    ],
    "import_claims": [_expiring(UNFINISHED_RETENTION_S)],
}


@dataclass(frozen=True)
class Part:
    """Some rows that wait, sealed; `first` and `last` are their numbers in the spreadsheet.

    `import_id` is the id under which an import's rows wait (`Import.rows_id`).
    """

    import_id: str
    number: int
    first: int
    last: int
    sealed: str

    @property
    def name(self) -> str:
        """By what the part is stored and sealed."""
        return name_of_part(self.import_id, self.number)


@dataclass(frozen=True)
class FilePart:
    """A piece of the file of an import, sealed; `import_id` is the id under which its rows wait."""

    import_id: str
    number: int
    sealed: str

    @property
    def name(self) -> str:
        """By what the piece is stored and sealed."""
        return name_of_part(self.import_id, self.number)


@dataclass(frozen=True)
class Problems:
    """What is wrong in some rows of an import; row numbers and problems, no personal data."""

    import_id: str = ""
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True)
class ImportClaim:
    """The unfinished import of one content by one caller."""

    claim: str
    import_id: str


class _ImportMapper(Mapper[Import]):
    """Reads reports of the time before imports were carried out in steps too: they have an `at` and are done."""

    def read(self, document: JsonView) -> Import:  # Any: values of a document
        if "at" not in document:
            return super().read(document)
        at = document["at"]
        done = {"kind": Kind.RESIDENTS, "file": None, "roles": (), "claim": "", "state": State.DONE}
        return super().read({**document, **done, "accepted_at": at, "finished_at": at, "handled": document["rows"]})


class Imports:
    """The named queries over imports."""

    def __init__(self, database: Database) -> None:
        # Nothing here needs a revision: an import is updated where it is as it was read, the others never change.
        self._imports = Documents(
            database["imports"], _ImportMapper(Import, "import_id", _keep_from_now), revised=False
        )
        self._problems = Documents(database["import_problems"], Mapper(Problems, derived=_keep_from_now), revised=False)
        self._parts = Documents(database["import_parts"], Mapper(Part, derived=_part_key), revised=False)
        self._files = Documents(database["import_files"], Mapper(FilePart, derived=_part_key), revised=False)
        self._claims = Documents(database["import_claims"], Mapper(ImportClaim, "claim", _keep_from_now), revised=False)

    async def get(self, import_id: str, work: UnitOfWork | None = None) -> Import | None:
        """Return an import."""
        return await self._imports.get(import_id, work)

    async def report(self, import_id: str) -> tuple[Import, list[RowProblem]] | None:
        """Return an import and what is wrong in its rows, as far as it is known, by row."""
        row = await self._imports.collection.find_one({"_id": import_id})
        if row is None:
            return None
        imported = self._imports.mapper.read(row)
        parts = await self._problems.find({"import_id": {"$in": list({import_id, imported.rows_id})}})
        parts.append(self._problems.mapper.read(row))  # a report from before the steps holds its own problems
        stated = [problem for part in parts for problem in part.problems]
        return imported, sorted(stated, key=lambda problem: problem.row)

    async def page(self, area: str, after: str, limit: int) -> tuple[list[Import], str | None]:
        """Return up to `limit` imports of staff within the area, the newest first, and what names the last."""
        rows, following = await newest(self._imports.collection, area, after, limit)
        return self._imports.mapper.read_each(rows), following

    async def insert(self, accepted: Import, work: UnitOfWork) -> None:
        """Store a new import."""
        await self._imports.insert([accepted], work)

    async def update(self, before: Import, after: Import, work: UnitOfWork) -> None:
        """Store how far an import is. Raises `AlreadyHandled` where it is further than `before`."""
        unchanged = {"_id": before.import_id, "state": before.state.value, "handled": before.handled}
        stated, stored = await self._imports.facts([before, after], work)
        changed = {name: value for name, value in stored.items() if value != stated[name]}
        updated = await self._imports.collection.update_one(unchanged, {"$set": changed}, session=work.session)
        if not updated.matched_count:
            raise AlreadyHandled(before.import_id)

    async def claimed(self, claim: str, work: UnitOfWork | None = None) -> str | None:
        """Return the id of the unfinished import of the same content by the same caller."""
        known = await self._claims.get(claim, work)
        return known.import_id if known else None

    async def claim(self, accepted: Import, work: UnitOfWork) -> None:
        """Claim the content for the caller. Raises `AlreadyHandled` where it was accepted just now."""
        try:
            await self._claims.insert([ImportClaim(accepted.claim, accepted.import_id)], work)
        except DuplicateKeyError:
            raise AlreadyHandled(accepted.claim) from None

    async def release(self, finished: Import, work: UnitOfWork) -> None:
        """Remove the claim of a finished import, the rows that a failed one has left, and a file without bad rows."""
        await self._claims.collection.delete_one({"_id": finished.claim}, session=work.session)
        if finished.state is State.FAILED:
            await self._parts.collection.delete_many({"import_id": finished.rows_id}, session=work.session)
        if finished.has_file and not finished.rejected:
            await self._files.collection.delete_many({"import_id": finished.rows_id}, session=work.session)

    async def store_file(self, parts: Sequence[FilePart]) -> None:
        """Store the pieces of a file before its import, in no unit of work."""
        for part in parts:  # one at a time: together they may be larger than a message
            await self._files.collection.insert_one(self._files.mapper.document(part))

    async def file_of(self, imported: Import) -> list[FilePart]:
        """Return the pieces of the file of an import in their order; none once they are removed."""
        parts = await self._files.find({"import_id": imported.rows_id})
        return sorted(parts, key=lambda part: part.number)

    async def same_as(self, claim: str) -> str | None:
        """Return the newest finished import of the same content by the same caller."""
        rows = await self._imports.collection.find({"claim": claim, "finished_at": {"$ne": None}}, ["_id"]).to_list(
            None
        )
        return max((str(row["_id"]) for row in rows), default=None)

    async def corrections_of(self, import_id: str) -> list[Import]:
        """Return the imports that correct bad rows of an import, the oldest first."""
        made = await self._imports.find({"corrects": import_id})
        return sorted(made, key=lambda one: one.import_id)

    async def store_rows(self, rows_id: str, parts: Sequence[Part], problems: Sequence[RowProblem]) -> None:
        """Store rows that wait and problems of others before their import, in no unit of work."""
        if parts:
            await self._parts.collection.insert_many([self._parts.mapper.document(part) for part in parts])
        if documents := _documents_of(rows_id, problems):
            await self._problems.collection.insert_many([self._problems.mapper.document(one) for one in documents])

    async def drop_rows(self, rows_id: str) -> None:
        """Remove what was stored before an import that was not accepted."""
        await self._parts.collection.delete_many({"import_id": rows_id})
        await self._problems.collection.delete_many({"import_id": rows_id})
        await self._files.collection.delete_many({"import_id": rows_id})

    async def parts(self, waiting: Import, most: int) -> list[Part]:
        """Return up to `most` of the parts that wait, the first ones in order."""
        # By their ids: an embedded server reads the whole range of an index before it gives the first document.
        numbers = range(waiting.parts_done, waiting.parts_done + most)
        parts = await self._parts.each(name_of_part(waiting.rows_id, number) for number in numbers)
        if not parts and not waiting.parts_id:  # the version before, which does not count them, has handled some
            rows = self._parts.collection.find({"import_id": waiting.rows_id}).sort("number", ASCENDING).limit(most)
            parts = self._parts.mapper.read_each(await rows.to_list(most))
        return sorted(parts, key=lambda part: part.number)

    async def remove_parts(self, parts: Sequence[Part], work: UnitOfWork) -> None:
        """Remove the first parts, whose rows are handled. Raises `AlreadyHandled` where one of them is gone."""
        condition = {"_id": {"$in": [part.name for part in parts]}}
        removed = await self._parts.collection.delete_many(condition, session=work.session)
        if removed.deleted_count != len(parts):
            raise AlreadyHandled(parts[0].import_id)

    async def insert_problems(self, import_id: str, problems: Sequence[RowProblem], work: UnitOfWork) -> None:
        """Store what is wrong in some rows."""
        await self._problems.insert(_documents_of(import_id, problems), work)


def name_of_part(rows_id: str, number: int) -> str:
    """Return by what a part is stored and sealed."""
    return f"{rows_id}/{number}"


def _documents_of(import_id: str, problems: Sequence[RowProblem]) -> list[Problems]:
    parts = [problems[at : at + _PROBLEMS_A_DOCUMENT] for at in range(0, len(problems), _PROBLEMS_A_DOCUMENT)]
    return [Problems(import_id, tuple(part)) for part in parts]


def _keep_from_now(_: object) -> Document:
    return {"kept_at": machine_time()}


def row_of(position: str) -> int:
    """Return the row that a cursor of a list by rows names. Raises `Invalid` for a cursor of none."""
    if not (position.isascii() and position.isdecimal() and len(position) <= _LONGEST_ROW):
        raise Invalid("request.bad_cursor", "'after' is the 'next' of the page before of this list: send it as it came")
    return int(position)


def _part_key(part: Part | FilePart) -> Document:
    return {"_id": part.name, **_keep_from_now(part)}
