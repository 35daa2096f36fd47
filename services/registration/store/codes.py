"""Issued codes in the store, for as long as one can be needed."""

from datetime import UTC, datetime, timedelta

from services.registration.domain.codes import IssuedCode
from shared.events.registration import Colour, Revocation
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

# Beyond its expiry: a code that nobody revoked explains a late scan, a revoked one is looked at when somebody asks why.
KEPT = timedelta(days=1)
KEPT_REVOKED = timedelta(days=180)
INDEXES = {
    "codes": [
        IndexModel([("resident_id", ASCENDING), ("printed", ASCENDING), ("issued_at", DESCENDING)]),
        IndexModel([("resident_id", ASCENDING), ("revoked_at", ASCENDING), ("expires_at", ASCENDING)]),
        IndexModel([("gone_at", ASCENDING)], expireAfterSeconds=0),
    ]
}


class Codes:
    """The named queries over issued codes."""

    def __init__(self, database: Database) -> None:
        self._codes = database["codes"]

    async def get(self, code_id: str, work: UnitOfWork | None = None) -> IssuedCode | None:
        """Return a code."""
        found = await self._codes.find_one({"_id": code_id}, session=work and work.session)
        return _code(found) if found else None

    async def newest(self, resident_id: str) -> IssuedCode | None:
        """Return the code that was last issued to the resident's phone."""
        found = await self._codes.find_one({"resident_id": resident_id, "printed": False}, sort=[("issued_at", -1)])
        return _code(found) if found else None

    async def valid_of(self, resident_id: str, now: datetime, work: UnitOfWork | None = None) -> list[IssuedCode]:
        """Return the codes of the resident that a gate would accept, the newest first."""
        condition = {"resident_id": resident_id, "revoked_at": None, "expires_at": {"$gt": now}}
        found = self._codes.find(condition, session=work and work.session)
        return sorted([_code(document) async for document in found], key=lambda code: code.issued_at, reverse=True)

    async def put(self, code: IssuedCode, now: datetime, work: UnitOfWork | None = None) -> None:
        """Store a code, new or revoked; it goes by itself some time after its expiry."""
        left = code.expires_at - now + (KEPT if code.revoked_at is None else KEPT_REVOKED)
        facts = {name: value for name, value in vars(code).items() if name != "code_id"}
        facts |= {"colour": code.colour.value, "reason": code.reason and code.reason.value}
        facts |= {"gone_at": datetime.now(UTC) + left}  # the store removes by the machine's time, whatever a drill's is
        await self._codes.replace_one({"_id": code.code_id}, facts, upsert=True, session=work.session if work else None)


def _code(document: Document) -> IssuedCode:
    facts = {name: value for name, value in document.items() if name not in ("_id", "gone_at")}
    facts |= {"colour": Colour(facts["colour"]), "reason": Revocation(facts["reason"]) if facts["reason"] else None}
    return IssuedCode(code_id=document["_id"], **facts)
