"""Devices and the one-time codes that enrol them, in the store."""

from collections.abc import Collection
from datetime import datetime, timedelta

from services.checkpoint.domain.devices import Device, DeviceState, Enrolment
from services.checkpoint.domain.gate import Sign
from services.checkpoint.store.retention import ENROLMENTS_S
from shared.base import area
from shared.store.by_field import By, beginning, page_by
from shared.store.by_time import TimePosition, oldest_by_time
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "devices": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("revoked", ASCENDING), ("heard_at", ASCENDING)]),
        IndexModel([("heard_at", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("gate_id", ASCENDING)]),
    ],
    "enrolments": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=ENROLMENTS_S)],
}

DOOR = "door"  # the usual order of a list: by area path


class Devices:
    """The named queries over devices and enrolments."""

    def __init__(self, database: Database) -> None:
        # The version before this one refuses a field that it does not know; every write changes something.
        self._devices = Documents(database["devices"], Mapper(Device, "device_id"), revised=False)
        self._enrolments = Documents(database["enrolments"], Mapper(Enrolment, "code_hash"), revised=False)

    async def enrolment(self, code_hash: str, work: UnitOfWork) -> Enrolment | None:
        """Return the enrolment whose code has that hash."""
        return await self._enrolments.get(code_hash, work)

    async def put_enrolment(self, enrolment: Enrolment, work: UnitOfWork) -> None:
        """Store an enrolment, new or used: two devices that use one code at the same time meet in this write."""
        await self._enrolments.put(enrolment, work)

    async def get(self, device_id: str, work: UnitOfWork | None = None) -> Device | None:
        """Return a device."""
        return await self._devices.get(device_id, work)

    async def within(
        self, path: str, q: str, sort: str, after: str, limit: int, gate_id: str = ""
    ) -> tuple[list[Device], str | None]:
        """Return up to `limit` devices of places within the path whose names begin with `q`, and what follows them.

        They are in the order of the places, or of their last signs of life: a city's devices are few. With `gate_id`
        they are those at a gate.
        """
        also = beginning("name", q) | ({"gate_id": gate_id} if gate_id else {})
        if sort == DOOR:
            rows, following = await page(self._devices.collection, path, after, limit, also=also)
        else:
            by = By.of(sort, last_seen="heard_at")
            rows, following = await page_by(self._devices.collection, path, by, after, limit, also=also)
        return self._devices.mapper.read_each(rows), following

    async def silent(self, since: datetime, after: TimePosition | None, limit: int) -> list[Device]:
        """Return up to `limit` devices without a sign of life since then, by their last one, the oldest first."""
        until = since + timedelta(milliseconds=1)
        rows = await oldest_by_time(
            self._devices.collection, {"revoked": None}, [], after, limit, until=until, field="heard_at"
        )
        return self._devices.mapper.read_each(rows)

    async def signs_at(self, gates: Collection[str]) -> list[Sign]:
        """Return the last sign of life of each device at the gates that may scan."""
        return await self._signs({"gate_id": {"$in": sorted(gates)}})

    async def signs_within(self, path: str) -> list[Sign]:
        """Return the last sign of life of each device within the path that may scan: a city's devices are few."""
        return await self._signs(area.query(path))

    async def _signs(self, which: Document) -> list[Sign]:
        fields = {"gate_id": 1, "heard_at": 1, "heartbeat.unsent": 1}
        rows = self._devices.collection.find(which | {"revoked": None}, fields)
        return [
            Sign(row["gate_id"], row["heard_at"], (row.get("heartbeat") or {}).get("unsent", 0))
            for row in await rows.to_list(None)
        ]

    async def put(self, device: Device, work: UnitOfWork) -> None:
        """Store a device, new or changed."""
        await self._devices.put(device, work)

    async def count(self, silent_since: datetime) -> dict[DeviceState, int]:
        """Return how many devices there are in each state; silent are those without a sign of life since then."""
        known, revoked = {"revoked": None}, {"revoked": {"$gt": ""}}
        count = self._devices.collection.count_documents
        return {
            DeviceState.ACTIVE: await count(known | {"heard_at": {"$gt": silent_since}}),
            DeviceState.SILENT: await count(known | {"heard_at": {"$lte": silent_since}}),
            DeviceState.REVOKED: await count(revoked),
        }
