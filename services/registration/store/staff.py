"""The staff directory in the store: names sealed, and each change with what was before. None is ever removed."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from services.registration.domain.staff import StaffChange, StaffMember
from shared.base.sealing import Sealer
from shared.events.registration_staff import Qualification, StaffDuty
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.queries import page
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "staff": [
        IndexModel([("ended", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("name_hashes", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
    ],
    "staff_changes": [IndexModel([("person_id", ASCENDING), ("_id", ASCENDING)])],
}


class Wanted(NamedTuple):
    """Which members of staff a list holds; None and "" narrow nothing."""

    ended: bool = False
    duty: StaffDuty | None = None
    qualification: Qualification | None = None
    name_hash: str = ""


class Staff:
    """The named queries over the staff directory."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        mapper = Mapper(StaffMember, "person_id", _derived)
        self._staff = Documents(database["staff"], mapper, sealer=sealer)
        self._changes = Documents(
            database["staff_changes"], Mapper(StaffChange, "change_id"), revised=False, sealer=sealer
        )

    async def get(self, person_id: str, work: UnitOfWork | None = None) -> StaffMember | None:
        """Return an entry."""
        return await self._staff.get(person_id, work)

    async def each(self, person_ids: Collection[str], work: UnitOfWork | None = None) -> list[StaffMember]:
        """Return those of the entries that exist."""
        return await self._staff.each(person_ids, work)

    async def page(self, path: str, wanted: Wanted, after: str, limit: int) -> tuple[list[StaffMember], str | None]:
        """Return up to `limit` entries within the path, in the order of their areas, and what names the last."""
        only: Document = {"name_hashes": wanted.name_hash} if wanted.name_hash else {"ended": wanted.ended}
        also: Document = {"ended": wanted.ended} if wanted.name_hash else {}
        if wanted.duty:
            also["duties_now"] = wanted.duty.value
        if wanted.qualification:
            also["qualifications"] = wanted.qualification.value
        rows, following = await page(self._staff.collection, path, after, limit, only, also)
        return self._staff.mapper.read_each(rows), following

    async def put(self, member: StaffMember, change: StaffChange, work: UnitOfWork) -> None:
        """Store an entry, new or changed, and what was before."""
        await self._staff.put(member, work)
        await self._changes.insert([change], work)

    async def meet(self, member: StaffMember, work: UnitOfWork) -> None:
        """Store an entry as it is, so that two units of work that rest on it meet."""
        await self._staff.put(member, work)

    async def changes(self, person_id: str, after: str, limit: int) -> tuple[Sequence[StaffChange], str | None]:
        """Return up to `limit` changes of an entry, the newest first, and what names the last of them."""
        condition: Document = {"person_id": person_id} | ({"_id": {"$lt": after}} if after else {})
        rows = await self._changes.collection.find(condition).sort("_id", DESCENDING).limit(limit).to_list(limit)
        return self._changes.mapper.read_each(rows), rows[-1]["_id"] if len(rows) == limit else None


def _derived(member: StaffMember) -> Document:
    return {"ended": member.active_until is not None, "duties_now": list(member.duties_now)}
