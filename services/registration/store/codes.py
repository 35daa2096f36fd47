"""Issued codes in the store, for as long as one can be needed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.registration.domain.codes import IssuedCode
from shared.base.clock import machine_time
from shared.base.sealing import Sealer
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.queries import stages
from shared.store.unit_of_work import UnitOfWork

# Beyond its expiry: a code that was not revoked explains a late scan, a revoked one is looked at later.
KEPT = timedelta(days=1)
KEPT_REVOKED = timedelta(days=180)
INDEXES = {
    "codes": [
        IndexModel([("resident_id", ASCENDING), ("printed", ASCENDING), ("issued_at", DESCENDING)]),
        IndexModel([("resident_id", ASCENDING), ("revoked_at", ASCENDING), ("expires_at", ASCENDING)]),
        IndexModel([("gone_at", ASCENDING)], expireAfterSeconds=0),
    ],
    "card_requests": [IndexModel([("kept_at", ASCENDING)], expireAfterSeconds=400 * 86_400)],
}


class Codes:
    """The named queries over issued codes."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        # No revisions: the version before this one refuses a field that it does not know.
        self._requests = database["card_requests"]
        self._codes = Documents(
            database["codes"], Mapper(IssuedCode, "code_id", _removal), revised=False, sealer=sealer
        )

    async def get(self, code_id: str, work: UnitOfWork | None = None) -> IssuedCode | None:
        """Return a code."""
        return await self._codes.get(code_id, work)

    async def asked_for(self, resident_id: str, card_id: str, work: UnitOfWork) -> str | None:
        """Return the id of the code that was printed for this request."""
        row = await self._requests.find_one({"_id": f"{resident_id}/{card_id}"}, session=work.session)
        return str(row["code_id"]) if row else None

    async def keep_request(self, resident_id: str, card_id: str, code_id: str, work: UnitOfWork) -> None:
        """Store which code is printed for a request, so that a repeat gets the same."""
        row = {"_id": f"{resident_id}/{card_id}", "code_id": code_id, "kept_at": machine_time()}
        await self._requests.insert_one(row, session=work.session)

    async def newest(self, resident_id: str) -> IssuedCode | None:
        """Return the code that was last issued to the resident's phone."""
        condition = {"resident_id": resident_id, "printed": False}
        row = await self._codes.collection.find_one(condition, sort=[("issued_at", -1)])
        return self._codes.mapper.read(row) if row else None

    async def valid_of(
        self, resident_ids: Sequence[str], now: datetime, work: UnitOfWork | None = None
    ) -> list[IssuedCode]:
        """Return the codes of the resident of these ids that a gate would accept, the newest first."""
        steps = stages([{"resident_id": {"$in": list(resident_ids)}}, {"revoked_at": None, "expires_at": {"$gt": now}}])
        session = work.session if work else None
        rows = await self._codes.collection.aggregate(steps, session=session).to_list(None)
        codes = self._codes.mapper.read_each(rows)
        return sorted(codes, key=lambda code: code.issued_at, reverse=True)

    async def put(self, code: IssuedCode, work: UnitOfWork | None = None) -> None:
        """Store a code that was just issued or revoked; the store removes it some time after its expiry."""
        await self._codes.put(code, work)


def _removal(code: IssuedCode) -> Document:
    left = code.expires_at - (code.revoked_at or code.issued_at) + (KEPT_REVOKED if code.revoked_at else KEPT)
    return {"gone_at": machine_time() + left}  # the store removes by the machine's time, whatever a drill's is
