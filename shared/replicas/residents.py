"""The few facts about residents that several services keep: who lives where, in what need of care, kept by whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from shared.bus.consumer import EventConsumer
from shared.events.registration import ResidentEvent
from shared.replicas.newest import Newest
from shared.store.documents import Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel

RESIDENTS = "residents"
# For services that ask for the members of a household; others find residents by id alone.
MERGED = IndexModel([("merged_into", ASCENDING)])
INDEXES = {RESIDENTS: [IndexModel([("household_id", ASCENDING)]), IndexModel([("staff_id", ASCENDING)]), MERGED]}
RETIRED_INDEXES = {RESIDENTS: ["area_path_1", "categories_1_area_path_1"]}  # no service asks by them


@dataclass(frozen=True)
class Resident:
    """Where a resident lives, in what need of special care, and the one-to-one keeper's person id.

    `staff_id` is the subject, in normal form, of a resident who is a member of staff. A file with `merged_into` is an
    alias of that file: of the same person.
    """

    resident_id: str
    household_id: str
    area_path: str
    categories: tuple[str, ...] = ()
    keeper_id: str | None = None
    left: bool = False
    staff_id: str | None = None
    merged_into: str | None = None


class ResidentReplica:
    """A service's own copy of the residents topic."""

    mapper = Mapper(Resident, key="resident_id")

    def __init__(self, database: Database) -> None:
        self._residents = database[RESIDENTS]
        self._newest = Newest(self._residents, _document)

    async def get(self, resident_id: str) -> Resident | None:
        """Return the resident, of an alias the survivor, or None where the event has not come yet."""
        row = await self._residents.find_one({"_id": resident_id})
        if row and row.get("merged_into"):
            row = await self._residents.find_one({"_id": row["merged_into"]}) or row
        return self.mapper.read(row) if row else None

    async def survivor(self, resident_id: str) -> str:
        """Return the id of the file that stands for this one: its own, or the one that it is merged into."""
        row = await self._residents.find_one({"_id": resident_id}, {"merged_into": 1}) or {}
        return str(row.get("merged_into") or resident_id)

    async def ids_of(self, resident_id: str) -> tuple[str, ...]:
        """Return every id under which the person is known: the survivor's, those of its aliases, and this one."""
        survivor = await self.survivor(resident_id)
        rows = await self._residents.find({"merged_into": survivor}, {"_id": 1}).to_list(None)
        return tuple(dict.fromkeys((survivor, *(row["_id"] for row in rows), resident_id)))

    async def of_household(self, household_id: str) -> list[Resident]:
        """Return the residents who live in the household now."""
        rows = await self._residents.find({"household_id": household_id}).to_list(None)
        return [member for member in self.mapper.read_each(rows) if not member.left]

    async def own(self, resident_ids: Collection[str], staff_id: str) -> list[Resident]:
        """Return the residents with these ids, and those who are this member of staff; aliases too."""
        ids = [alias for one in resident_ids for alias in await self.ids_of(one)]
        rows = await self._residents.find({"_id": {"$in": ids}}).to_list(None)
        rows += await self._residents.find({"staff_id": staff_id}).to_list(None)
        return self.mapper.read_each(rows)

    async def keep(self, events: Sequence[ResidentEvent]) -> None:
        """Apply the events; an older one never undoes a newer one, so repeats and stale ones are harmless."""
        await self._newest.keep(events)


def _document(event: ResidentEvent) -> Document:
    mapper = ResidentReplica.mapper
    return mapper.document(mapper.read(event.model_dump() | {"_id": event.resident_id}))


class KeepsResidents(Protocol):
    """Deps with a `ResidentReplica`."""

    @property
    def residents(self) -> ResidentReplica:
        """The service's own copy of the residents topic."""
        ...


D = TypeVar("D", bound=KeepsResidents)


def follow_residents(consumer: EventConsumer[D]) -> None:
    """Have the consumer feed the `residents` of its deps."""

    @consumer.on_many(ResidentEvent)
    async def on_residents(deps: D, events: Sequence[ResidentEvent]) -> None:
        await deps.residents.keep(events)
