"""Devices and the one-time codes that enrol them, in the store."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.checkpoint.domain.devices import Device, DeviceState, Enrolment, Heartbeat
from services.checkpoint.domain.numbers import Gap, Numbers, Used
from services.checkpoint.store.pages import DAY_S
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

ENROLMENT_RETENTION_S = 90 * DAY_S

INDEXES = {
    "devices": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("revoked", ASCENDING), ("heard_at", ASCENDING)]),
    ],
    "enrolments": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=ENROLMENT_RETENTION_S)],
}


class Devices:
    """The named queries over devices and enrolments."""

    def __init__(self, database: Database) -> None:
        self._devices = database["devices"]
        self._enrolments = database["enrolments"]

    async def enrolment(self, code_hash: str, work: UnitOfWork) -> Enrolment | None:
        """Return the enrolment whose code has that hash."""
        found = await self._enrolments.find_one({"_id": code_hash}, session=work.session)
        return Enrolment(code_hash=found.pop("_id"), **found) if found else None

    async def put_enrolment(self, enrolment: Enrolment, work: UnitOfWork) -> None:
        """Store an enrolment, new or used. Writing it makes two devices with one code meet."""
        row = asdict(enrolment)
        row["_id"] = row.pop("code_hash")
        await self._enrolments.replace_one({"_id": row["_id"]}, row, upsert=True, session=work.session)

    async def get(self, device_id: str, work: UnitOfWork | None = None) -> Device | None:
        """Return a device."""
        found = await self._devices.find_one({"_id": device_id}, session=work and work.session)
        return _device(found) if found else None

    async def within(self, path: str, after: str, limit: int) -> tuple[list[Device], str | None]:
        """Return up to `limit` devices of places within the path, place by place, and what follows them."""
        found, following = await page(self._devices, path, after, limit)
        return [_device(row) for row in found], following

    async def put(self, device: Device, work: UnitOfWork) -> None:
        """Store a device, new or changed."""
        row = _document(device)
        await self._devices.replace_one({"_id": row["_id"]}, row, upsert=True, session=work.session)

    async def count(self, silent_since: datetime) -> dict[DeviceState, int]:
        """Return how many devices there are in each state; silent are those not heard from since then."""
        known, revoked = {"revoked": None}, {"revoked": {"$gt": ""}}
        silent = await self._devices.count_documents(known | {"heard_at": {"$lte": silent_since}})
        active = await self._devices.count_documents(known | {"heard_at": {"$gt": silent_since}})
        gone = await self._devices.count_documents(revoked)
        return {DeviceState.ACTIVE: active, DeviceState.SILENT: silent, DeviceState.REVOKED: gone}


def _document(device: Device) -> Document:
    row = asdict(device)
    row["_id"] = row.pop("device_id")
    numbers = device.numbers
    row["refused"] = list(device.refused)
    row["numbers"] = {
        "complete_upto": numbers.complete_upto,
        "used": [one._asdict() for one in numbers.used],
        "gaps": [gap._asdict() for gap in numbers.gaps],
    }
    return row


def _device(row: Mapping[str, Any]) -> Device:
    said, numbers = row["heartbeat"], row["numbers"]
    plain = {name: value for name, value in row.items() if name not in ("_id", "heartbeat", "numbers", "refused")}
    return Device(
        device_id=row["_id"],
        heartbeat=Heartbeat(**said) if said else None,
        refused=tuple(row["refused"]),
        numbers=Numbers(
            numbers["complete_upto"],
            tuple(Used(**one) for one in numbers["used"]),
            tuple(Gap(**gap) for gap in numbers["gaps"]),
        ),
        **plain,
    )
