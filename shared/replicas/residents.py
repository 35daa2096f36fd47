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
INDEXES = {RESIDENTS: [IndexModel([("household_id", ASCENDING)]), IndexModel([("staff_id", ASCENDING)])]}
RETIRED_INDEXES = {RESIDENTS: ["area_path_1", "categories_1_area_path_1"]}  # no service asks by them


@dataclass(frozen=True)
class Resident:
    """Where a resident lives, in what need of special care, and the one-to-one keeper's person id.

    `staff_id` is the subject, in normal form, of a resident who is a member of staff.
    """

    resident_id: str
    household_id: str
    area_path: str
    categories: tuple[str, ...] = ()
    keeper_id: str | None = None
    left: bool = False
    staff_id: str | None = None


class ResidentReplica:
    """A service's own copy of the residents topic."""

    mapper = Mapper(Resident, key="resident_id")

    def __init__(self, database: Database) -> None:
        self._residents = database[RESIDENTS]
        self._newest = Newest(self._residents, _document)

    async def get(self, resident_id: str) -> Resident | None:
        """Return the resident, or None where the event has not come yet."""
        row = await self._residents.find_one({"_id": resident_id})
        return self.mapper.read(row) if row else None

    async def of_household(self, household_id: str) -> list[Resident]:
        """Return the residents who live in the household now."""
        rows = await self._residents.find({"household_id": household_id}).to_list(None)
        return [member for member in self.mapper.read_each(rows) if not member.left]

    async def own(self, resident_ids: Collection[str], staff_id: str) -> list[Resident]:
        """Return the residents with these ids, and those who are this member of staff (in normal form)."""
        rows = await self._residents.find({"_id": {"$in": list(resident_ids)}}).to_list(None)
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
