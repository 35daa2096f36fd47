"""What imports did and how far the undoing of each is, in the store; ids and row numbers, no personal data."""

from collections.abc import Iterable, Sequence

from services.registration.domain.undoing import ImportUndo, Kept, Trace
from services.registration.store.imports import IMPORTS_RETENTION_S, row_of
from shared.base.clock import machine_time
from shared.base.sealing import Sealer
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import find_each
from shared.store.unit_of_work import AlreadyHandled, UnitOfWork

TRACES, UNDOS, KEPT = "import_traces", "import_undos", "import_kept"
_IN_ORDER = {TRACES: "number", KEPT: "row"}
# What rests on a resident's file: a file of which one of these speaks is not taken off.
_USES = ("evidence", "journeys", "codes", "appeals")


def _expiring() -> IndexModel:
    return IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=IMPORTS_RETENTION_S)


INDEXES = {
    name: [IndexModel([("import_id", ASCENDING), (order, ASCENDING)]), _expiring()] for name, order in _IN_ORDER.items()
} | {UNDOS: [_expiring()]}


class Undoing:
    """The named queries over what imports did and over their undoing."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._traces = Documents(database[TRACES], Mapper(Trace, derived=_trace_key), revised=False)
        self._kept = Documents(database[KEPT], Mapper(Kept, derived=_kept_key), revised=False)
        undos = Mapper(ImportUndo, "import_id", lambda _: {"kept_at": machine_time()})
        self._undos = Documents(database[UNDOS], undos, revised=False, sealer=sealer)
        self._uses = [database[name] for name in _USES]

    async def insert_traces(self, traces: Sequence[Trace], work: UnitOfWork) -> None:
        """Store what rows of an import did."""
        await self._traces.insert(traces, work)

    async def traces(self, import_id: str, after: int, most: int, work: UnitOfWork | None = None) -> list[Trace]:
        """Return up to `most` traces of an import behind the one with that number, in order."""
        condition = {"import_id": import_id, "number": {"$gt": after}}
        session = work.session if work else None
        rows = self._traces.collection.find(condition, session=session).sort("number", ASCENDING).limit(most)
        return self._traces.mapper.read_each(await rows.to_list(most))

    async def get(self, import_id: str, work: UnitOfWork | None = None) -> ImportUndo | None:
        """Return the undoing of an import."""
        return await self._undos.get(import_id, work)

    async def put(self, undo: ImportUndo, work: UnitOfWork) -> None:
        """Store the undoing of an import; that it was accepted, and how it ended, go into the log of acts."""
        await self._undos.put(undo, work)
        facts = self._undos.mapper.document(undo) | {"kept_at": None}
        work.log(Act(f"registration.ImportUndo.{undo.state.value}", undo.import_id, digest(facts)))

    async def update(self, before: ImportUndo, after: ImportUndo, work: UnitOfWork) -> None:
        """Store how far it is. Raises `AlreadyHandled` where another process is further than `before`."""
        as_read = {"_id": before.import_id, "state": before.state.value, "reached": before.reached}
        stored = self._undos.mapper.document(after)
        names = ("state", "reached", "handled", "restored", "withdrawn", "kept", "failure", "finished_at")
        change = {"$set": {name: stored[name] for name in names}}
        updated = await self._undos.collection.update_one(as_read, change, session=work.session)
        if not updated.matched_count:
            raise AlreadyHandled(before.import_id)
        if after.finished_at:
            facts = {name: stored[name] for name in names}
            work.log(Act(f"registration.ImportUndo.{after.state.value}", after.import_id, digest(facts)))

    async def insert_kept(self, kept: Sequence[Kept], work: UnitOfWork) -> None:
        """Store rows whose effects stay."""
        await self._kept.insert(kept, work)

    async def page(self, import_id: str, after: str, limit: int) -> tuple[list[Kept], str | None]:
        """Return up to `limit` rows whose effects stay, by row, and what names the last."""
        condition: Document = {"import_id": import_id} | ({"row": {"$gt": row_of(after)}} if after else {})
        rows = await self._kept.collection.find(condition).sort("row", ASCENDING).limit(limit).to_list(limit)
        return self._kept.mapper.read_each(rows), str(rows[-1]["row"]) if len(rows) == limit else None

    async def used(self, resident_ids: Iterable[str], work: UnitOfWork) -> set[str]:
        """Return those residents on whose files evidence, a journey, a code or an appeal rests."""
        wanted, used = list(resident_ids), set()
        for collection in self._uses:
            rows = await find_each(collection, wanted, ["resident_id"], by="resident_id", session=work.session)
            used |= {str(row["resident_id"]) for row in rows}
        return used


def _trace_key(trace: Trace) -> Document:
    return {"_id": f"{trace.import_id}/{trace.number}", "kept_at": machine_time()}


def _kept_key(kept: Kept) -> Document:
    return {"_id": f"{kept.import_id}/{kept.row}", "kept_at": machine_time()}
