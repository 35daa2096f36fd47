"""Leading groups in the store. None is ever removed."""

from services.registration.domain.groups import LeadingGroup
from shared.base.sealing import Sealer
from shared.events.registration_groups import GroupKind
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"leading_groups": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])]}


class Groups:
    """The named queries over leading groups."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._groups = Documents(database["leading_groups"], Mapper(LeadingGroup, key="group_id"), sealer=sealer)

    async def get(self, group_id: str, work: UnitOfWork | None = None) -> LeadingGroup | None:
        """Return a group."""
        return await self._groups.get(group_id, work)

    async def put(self, group: LeadingGroup, work: UnitOfWork) -> None:
        """Store a group, new or changed."""
        await self._groups.put(group, work)

    async def page(
        self, path: str, kind: GroupKind | None, dissolved: bool, after: str, limit: int
    ) -> tuple[list[LeadingGroup], str | None]:
        """Return up to `limit` groups within the path, in the order of their places, and what names the last."""
        also: Document = {} if dissolved else {"dissolved_on": None}
        also |= {"kind": kind.value} if kind else {}
        rows, following = await page(self._groups.collection, path, after, limit, also=also)
        return self._groups.mapper.read_each(rows), following
