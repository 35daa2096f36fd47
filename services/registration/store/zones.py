"""Zones in the store; what officials write is sealed. None is ever removed."""

from services.registration.domain.zones import Zone
from shared.base.sealing import Sealer
from shared.events.registration_zones import ZoneKind, ZoneState
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "zones": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ]
}


class Zones:
    """The named queries over zones."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._zones = Documents(database["zones"], Mapper(Zone, key="zone_id"), sealer=sealer)

    async def get(self, zone_id: str, work: UnitOfWork | None = None) -> Zone | None:
        """Return a zone."""
        return await self._zones.get(zone_id, work)

    async def put(self, zone: Zone, act: str, work: UnitOfWork) -> None:
        """Store a zone, new or changed; the act goes into the log of acts."""
        await self._zones.put(zone, work)
        facts = self._zones.mapper.document(zone)
        work.log(Act(f"registration.Zone.{act}", zone.zone_id, digest(facts), area=zone.area_path))

    async def page(
        self, area: str, state: ZoneState | None, kind: ZoneKind | None, after: str, limit: int
    ) -> tuple[list[Zone], str | None]:
        """Return up to `limit` zones within the area, by area and id, and what names the last."""
        only: Document = {"state": state.value} if state else {}
        further: Document = {"kind": kind.value} if kind else {}
        rows, following = await page(self._zones.collection, area, after, limit, only, further)
        return self._zones.mapper.read_each(rows), following
