"""Devices and the one-time codes that enrol them, in the store."""

from datetime import datetime

from services.checkpoint.domain.devices import Device, DeviceState, Enrolment
from services.checkpoint.store.retention import ENROLMENTS_S
from shared.store.by_field import By, beginning, page_by
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "devices": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("revoked", ASCENDING), ("heard_at", ASCENDING)]),
        IndexModel([("heard_at", ASCENDING), ("_id", ASCENDING)]),
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

    async def within(self, path: str, q: str, sort: str, after: str, limit: int) -> tuple[list[Device], str | None]:
        """Return up to `limit` devices of places within the path whose names begin with `q`, and what follows them.

        They are in the order of the places, or of their last signs of life: a city's devices are few.
        """
        also = beginning("name", q)
        if sort == DOOR:
            rows, following = await page(self._devices.collection, path, after, limit, also=also)
        else:
            by = By.of(sort, last_seen="heard_at")
            rows, following = await page_by(self._devices.collection, path, by, after, limit, also=also)
        return self._devices.mapper.read_each(rows), following

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
