"""A service's own copy of who lives where, however often and in whatever order it hears of it."""

import asyncio
from itertools import permutations
from typing import Any

import pytest

from services.isolation import store as isolation
from services.registration import store as registration
from shared.base.ids import new_id
from shared.events.registration import ResidentMoved, ResidentRegistered, SpecialCareChanged
from shared.replicas.residents import INDEXES, RETIRED_INDEXES, ResidentReplica
from shared.store.mongo import ASCENDING, Database, IndexModel, ensure_indexes
from tests.shared.samples import AREA, stamped


@pytest.fixture
async def replica(database: Database) -> ResidentReplica:
    """The copy."""
    await ensure_indexes(database, INDEXES)
    return ResidentReplica(database)


def resident(kind: type[Any], resident_id: str, household: str = "h1", *categories: str, area: str = AREA) -> Any:
    return stamped(kind(resident_id=resident_id, household_id=household, area_path=area, categories=categories))


async def test_the_newest_word_stays_in_whatever_order_it_comes(replica: ResidentReplica) -> None:
    for order in permutations(range(3)):
        one = new_id()
        events = [
            resident(ResidentRegistered, one, "h1"),
            resident(ResidentMoved, one, "h2"),
            resident(SpecialCareChanged, one, "h2", "living_alone"),
        ]
        for number in order:
            await replica.keep([events[number]])
        row = await replica.get(one)
        assert row is not None
        assert (row.household_id, row.categories) == ("h2", ("living_alone",))


async def test_a_batch_counts_as_its_newest_word_and_its_repeat_changes_nothing(replica: ResidentReplica) -> None:
    one = new_id()
    batch = [resident(ResidentRegistered, one, "h1"), resident(ResidentMoved, one, "h2")]
    for events in (batch, batch[::-1], batch[:1]):
        await replica.keep(events)
        row = await replica.get(one)
        assert row is not None
        assert row.household_id == "h2"


async def test_replicas_of_a_service_do_not_undo_each_other(replica: ResidentReplica) -> None:
    one = new_id()
    events = [resident(ResidentMoved, one, f"h{number}") for number in range(20)]
    await asyncio.gather(*(replica.keep([event]) for event in reversed(events)))
    row = await replica.get(one)
    assert row is not None
    assert row.household_id == "h19"


async def test_who_has_left_is_known_but_listed_nowhere(replica: ResidentReplica) -> None:
    gone, here = new_id(), new_id()
    await replica.keep([resident(ResidentRegistered, gone, "h1", "disabled"), resident(ResidentRegistered, here)])
    await replica.keep([stamped(resident(ResidentMoved, gone, "h1", "disabled").model_copy(update={"left": True}))])
    row = await replica.get(gone)
    assert row is not None
    assert row.left
    assert [member.resident_id for member in await replica.of_household("h1")] == [here]


async def test_a_resident_is_unknown_before_the_event_has_come(replica: ResidentReplica) -> None:
    await replica.keep([])
    assert await replica.get(new_id()) is None


@pytest.mark.parametrize(
    ("indexes", "retired", "left"),
    [
        (isolation.INDEXES, isolation.RETIRED_INDEXES, set()),
        (registration.INDEXES, registration.RETIRED_INDEXES, {"area_path_1", "categories_1_area_path_1"}),
        (INDEXES, RETIRED_INDEXES, {"household_id_1"}),
    ],
    ids=["isolation", "registration", "supply and notification"],
)
async def test_a_store_from_before_loses_the_indexes_by_which_its_service_asks_no_more(
    database: Database, indexes: Any, retired: Any, left: set[str]
) -> None:
    before = [["household_id"], ["area_path"], ["categories", "area_path"]]
    made = await database["residents"].create_indexes([IndexModel([(f, ASCENDING) for f in one]) for one in before])
    await ensure_indexes(database, indexes, retired)
    assert set(made).intersection(await database["residents"].index_information()) == left
