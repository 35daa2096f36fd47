"""Requests of persons about the own data, in the store: their words are sealed. None is ever removed."""

from services.registration.domain.rights import RightsRequest
from shared.base.area import query
from shared.base.sealing import Sealer
from shared.events.registration_rights import RightKind, RightState
from shared.store.by_time import TimePosition, by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.unit_of_work import UnitOfWork

REQUESTS = "rights_requests"
INDEXES = {
    REQUESTS: [
        IndexModel([("state", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_id", ASCENDING), ("_id", ASCENDING)]),
    ]
}


class RightsRequests:
    """The named queries over requests."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._requests = Documents(database[REQUESTS], Mapper(RightsRequest, key="request_id"), sealer=sealer)

    async def get(self, request_id: str, work: UnitOfWork | None = None) -> RightsRequest | None:
        """Return a request."""
        return await self._requests.get(request_id, work)

    async def put(self, request: RightsRequest, work: UnitOfWork) -> None:
        """Store a request, new or changed."""
        await self._requests.put(request, work)

    async def of_resident(self, resident_id: str, work: UnitOfWork | None = None) -> list[RightsRequest]:
        """Return the requests of a resident in the order in which they were made."""
        made = await self._requests.find({"resident_id": resident_id}, work)
        return sorted(made, key=lambda request: request.asked_at)

    async def page(
        self, area: str, state: RightState, kind: RightKind | None, latest: bool, after: TimePosition | None, limit: int
    ) -> list[RightsRequest]:
        """Return up to `limit` requests from within the area, by the time when they are due, those behind `after`."""
        only: Document = {"state": state.value}
        further = [query(area), {"kind": kind.value} if kind else {}]
        rows = await by_time(self._requests.collection, only, further, after, limit, latest, field="due_at")
        return self._requests.mapper.read_each(rows)
