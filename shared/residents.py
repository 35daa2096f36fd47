"""The few facts about residents that several services keep: who lives where, in what need of care, kept by whom."""

from collections.abc import Sequence
from typing import Any

from shared.bus import EventConsumer
from shared.events import registration
from shared.mongo import ASCENDING, Database, Document, IndexModel, UpdateOne, insert_new
from shared.queries import find_each

RESIDENTS = "residents"
# For services that ask for the members of a household; others find residents by id alone.
INDEXES = {RESIDENTS: [IndexModel([("household_id", ASCENDING)])]}
_EVENTS = (
    registration.ResidentRegistered,
    registration.ResidentMoved,
    registration.ResidentLeft,
    registration.SpecialCareChanged,
)


class ResidentReplica:
    """A service's own copy of the residents topic: `_id`, household_id, area_path, categories, keeper_id, left."""

    def __init__(self, database: Database) -> None:
        self._residents = database[RESIDENTS]

    async def get(self, resident_id: str) -> Document | None:
        """Return the resident, or None where the event has not come yet."""
        return await self._residents.find_one({"_id": resident_id})

    async def of_household(self, household_id: str) -> list[Document]:
        """Return those who live in the household now."""
        members = await self._residents.find({"household_id": household_id}).to_list(None)
        return [member for member in members if not member["left"]]

    async def keep(self, events: Sequence[Any]) -> None:
        """Apply the events; an older one never undoes a newer one, so repeats and stale ones are harmless."""
        newest = {event.resident_id: event for event in sorted(events, key=lambda event: str(event.id))}
        known = {row["_id"]: row["said"] for row in await find_each(self._residents, newest, ["said"])}
        new = [event for key, event in newest.items() if key not in known]
        if len(await insert_new(self._residents, [_facts(event) for event in new])) < len(new):
            known |= dict.fromkeys((event.resident_id for event in new), "")  # somebody was quicker with one
        changes = [_newest_wins(event) for key, event in newest.items() if key in known and known[key] < event.id]
        if changes:
            await self._residents.bulk_write(changes)


def _facts(event: Any) -> Document:
    return {
        "_id": event.resident_id,
        "household_id": event.household_id,
        "area_path": event.area_path,
        "categories": list(event.categories),
        "keeper_id": event.keeper_id,
        "left": isinstance(event, registration.ResidentLeft),
        "said": event.id,  # UUIDv7, so it tells the newer of two events
    }


def _newest_wins(event: Any) -> UpdateOne:
    # The condition and the write are one operation, so two replicas of a service cannot undo each other.
    return UpdateOne({"_id": event.resident_id, "said": {"$lt": event.id}}, {"$set": _facts(event)})


def follow_residents(consumer: EventConsumer) -> None:
    """Have the consumer feed the `residents` of its deps, a `ResidentReplica`."""

    @consumer.on_many(*_EVENTS)
    async def on_residents(events: Sequence[Any], deps: Any) -> None:
        await deps.residents.keep(events)
